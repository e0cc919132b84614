%% The actor programs of bench/actors on the BEAM, one JSON line each, with the same names and sizes.
%% erlc *.erl && taskset -c 0 erl +S 1 +P 4000000 -noshell -s ab main -s init stop
%% `-s ab main 100` runs a hundredth of each, once: for trying.
-module(ab).
-export([main/0, main/1, best/2, row/3]).

main() -> all(5, 1).
main([Scale]) -> all(1, list_to_integer(atom_to_list(Scale))).

t(F) -> {T, _} = timer:tc(F), max(1, T).
best(Runs, F) -> lists:min([t(F) || _ <- lists:seq(1, Runs)]).
row(Name, N, Us) ->
  io:format("{\"bench\":\"~s\",\"n\":~p,\"us\":~p,\"ns_per_op\":~.1f,\"op_per_s\":~p}~n",
    [Name, N, Us, Us * 1000 / N, round(N * 1.0e6 / Us)]).

all(Runs, Scale) ->
  Row = fun(Name, Size, Program) ->
    N = Size div Scale,
    wanted(Name) andalso row(Name, N, best(Runs, fun() -> Program(N) end))
  end,
  Row("spawn_exit", 300000, fun spawn_exit/1),
  wanted("spawn_idle") andalso mem(300000 div Scale),
  Row("ping_pong", 500000, fun pingpong/1),
  Row("counting", 1000000, fun counting/1),
  Row("ring_503", 1000000, fun(N) -> ring(503, N) end),
  Row("fjthrput_60x10000", 60 * 10000, fun(N) -> fj(60, N div 60) end),
  Row("big_120x1000", 120 * 1000, fun(N) -> big(120, N div 120) end),
  Row("gen_server_call", 200000, fun gs/1),
  Row("timer_set_cancel", 200000, fun timers/1),
  Row("timer_fire", 100000, fun fire/1),
  Row("link_exit", 100000, fun links/1),
  Row("monitor_down", 100000, fun mons/1),
  Row("selective_backlog_5000", 5000, fun selective/1),
  Row("supervisor_restart", 20000, fun sup/1),
  wanted("dynamic_children") andalso children(100000 div Scale).

%% The environment may ask for one of them.
wanted(Name) ->
  case os:getenv("BENCH_ONLY") of
    false -> true;
    Only -> Only =:= Name
  end.

spawn_exit(N) ->
  S = self(),
  lists:foreach(fun(_) -> spawn(fun() -> S ! d end) end, lists:seq(1, N)),
  wait(N, d).
wait(0, _) -> ok;
wait(N, M) -> receive M -> wait(N - 1, M) end.

mem(N) ->
  erlang:garbage_collect(),
  M0 = erlang:memory(processes),
  T0 = erlang:monotonic_time(microsecond),
  Ps = [spawn(fun() -> receive stop -> ok end end) || _ <- lists:seq(1, N)],
  T1 = erlang:monotonic_time(microsecond),
  M1 = erlang:memory(processes),
  row("spawn_idle", N, max(1, T1 - T0)),
  io:format("{\"bench\":\"bytes_per_idle_process\",\"bytes\":~p}~n", [(M1 - M0) div N]),
  [P ! stop || P <- Ps],
  timer:sleep(300).

pingpong(N) -> S = self(), P = spawn(fun() -> pong() end), ping(N, P, S), P ! stop.
ping(0, _, _) -> ok;
ping(N, P, S) -> P ! {ping, S}, receive pong -> ping(N - 1, P, S) end.
pong() -> receive {ping, F} -> F ! pong, pong(); stop -> ok end.

counting(N) -> S = self(), C = spawn(fun() -> count(0) end), send(N, C), C ! {get, S}, receive {n, N} -> ok end.
send(0, _) -> ok;
send(N, C) -> C ! inc, send(N - 1, C).
count(K) -> receive inc -> count(K + 1); {get, F} -> F ! {n, K} end.

ring(M, Hops) ->
  S = self(),
  First = spawn(fun() -> receive {next, P} -> node_(P, S) end end),
  Last = lists:foldl(fun(_, P) -> spawn(fun() -> node_(P, S) end) end, First, lists:seq(2, M)),
  First ! {next, Last},
  First ! Hops,
  receive done -> ok end,
  First ! stop.
node_(Next, S) -> receive 0 -> S ! done, node_(Next, S); stop -> Next ! stop; N -> Next ! (N - 1), node_(Next, S) end.

fj(A, M) ->
  S = self(),
  Ps = [spawn(fun() -> work(M, S) end) || _ <- lists:seq(1, A)],
  [[P ! {m, I} || P <- Ps] || I <- lists:seq(1, M)],
  wait(A, d).
work(0, S) -> S ! d;
work(N, S) -> receive {m, _} -> work(N - 1, S) end.

big(A, M) ->
  S = self(),
  Ps = [spawn(fun() -> receive {go, All} -> biga(M, list_to_tuple(All), A, S) end end) || _ <- lists:seq(1, A)],
  [P ! {go, Ps} || P <- Ps],
  wait(A, d),
  [P ! stop || P <- Ps].
biga(0, _, _, S) -> S ! d, bigidle();
biga(N, All, A, S) -> element(((N * 7919) rem A) + 1, All) ! {ping, self()}, bigw(N, All, A, S).
bigw(N, All, A, S) -> receive {ping, F} -> F ! pong, bigw(N, All, A, S); pong -> biga(N - 1, All, A, S) end.
bigidle() -> receive {ping, F} -> F ! pong, bigidle(); stop -> ok end.

gs(N) -> {ok, P} = gen_server:start(ab_gs, [], []), gsl(N, P), gen_server:stop(P).
gsl(0, _) -> ok;
gsl(N, P) -> _ = gen_server:call(P, inc), gsl(N - 1, P).

timers(N) -> [erlang:cancel_timer(erlang:send_after(60000 + I rem 1000, self(), x)) || I <- lists:seq(1, N)].
fire(N) -> [erlang:send_after(I rem 50, self(), x) || I <- lists:seq(1, N)], wait(N, x).

links(N) ->
  process_flag(trap_exit, true),
  [begin P = spawn_link(fun() -> ok end), receive {'EXIT', P, normal} -> ok end end || _ <- lists:seq(1, N)],
  process_flag(trap_exit, false).
mons(N) ->
  [begin {P, R} = spawn_monitor(fun() -> ok end), receive {'DOWN', R, process, P, normal} -> ok end end
    || _ <- lists:seq(1, N)].

selective(N) ->
  [self() ! {bulk, I} || I <- lists:seq(1, N)],
  [begin self() ! {want, I}, receive {want, I} -> ok end end || I <- lists:seq(1, N)],
  flush().
flush() -> receive _ -> flush() after 0 -> ok end.

sup(N) ->
  logger:set_primary_config(level, none),
  process_flag(trap_exit, true),
  {ok, S} = supervisor:start_link(ab_sup, {restart, self()}),
  suploop(N),
  unlink(S),
  exit(S, kill),
  process_flag(trap_exit, false).
suploop(0) -> receive {up, _} -> ok end;
suploop(N) -> receive {up, P} -> P ! crash, suploop(N - 1) end.

%% N children of one supervisor: each started by a call, all of them stopped with it.
children(N) ->
  process_flag(trap_exit, true),
  {ok, S} = supervisor:start_link(ab_sup, children),
  Started = t(fun() -> [{ok, _} = supervisor:start_child(S, []) || _ <- lists:seq(1, N)] end),
  Stopped = t(fun() -> exit(S, shutdown), receive {'EXIT', S, shutdown} -> ok end end),
  process_flag(trap_exit, false),
  row("dynamic_children_start", N, Started),
  row("dynamic_children_stop", N, Stopped).
