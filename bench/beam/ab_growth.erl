%% The growth programs of bench/growth on the BEAM: what a message or a timer costs the more there is of something else.
%% erl +S 1 +P 4000000 -noshell -s ab_growth main -s init stop; `-s ab_growth main 100` runs a hundredth of it, once.
-module(ab_growth).
-export([main/0, main/1]).

main() -> all(5, 1).
main([Scale]) -> all(1, list_to_integer(atom_to_list(Scale))).

all(Runs, Scale) ->
  Processes = [1000, 10000, 100000],
  Timers = [1000, 1000000],
  grow("ring", Processes, 1000000, Runs, Scale, fun ring/2),
  grow("pair_among", Processes, 500000, Runs, Scale, fun pair/2),
  grow("timers_pending_cancel", Timers, 200000, Runs, Scale, fun cancel/2),
  grow("timers_pending_fire", Timers, 100000, Runs, Scale, fun fire/2),
  grow("selective_growth", Processes, 10000, Runs, Scale, fun selective/2).

%% Each program prepares `Size` of something and answers the microseconds of N operations.
grow(Name, Sizes, Ops, Runs, Scale, Program) ->
  N = Ops div Scale,
  [row(Name, Size, N, lists:min([max(1, Program(max(2, Size div Scale), N)) || _ <- lists:seq(1, Runs)])) || Size <- Sizes].
row(Name, Size, N, Us) ->
  io:format("{\"bench\":\"~s\",\"size\":~p,\"n\":~p,\"us\":~p,\"ns_per_op\":~.1f,\"op_per_s\":~p}~n",
    [Name, Size, N, Us, Us * 1000 / N, round(N * 1.0e6 / Us)]).
us(F) -> {T, _} = timer:tc(F), T.
wait(0, _) -> ok;
wait(N, M) -> receive M -> wait(N - 1, M) end.

%% A token goes round a ring of so many live processes, once round before it counts.
ring(Size, Hops) ->
  S = self(),
  First = spawn(fun() -> receive {next, P} -> node_(P, S) end end),
  Add = fun(_, Ps = [P | _]) -> [spawn(fun() -> node_(P, S) end) | Ps] end,
  All = [Last | _] = lists:foldl(Add, [First], lists:seq(2, Size)),
  First ! {next, Last},
  First ! Size,
  receive done -> ok end,
  Us = us(fun() -> First ! Hops, receive done -> ok end end),
  stop(All),
  Us.
node_(Next, S) -> receive 0 -> S ! done, node_(Next, S); stop -> ok; N -> Next ! (N - 1), node_(Next, S) end.

%% Two processes play ping pong while so many wait.
pair(Size, N) ->
  Idle = [spawn(fun() -> receive stop -> ok end end) || _ <- lists:seq(1, Size)],
  S = self(),
  Pong = spawn(fun() -> pong() end),
  ping(1000, Pong, S),
  Us = us(fun() -> ping(N, Pong, S) end),
  stop([Pong | Idle]),
  Us.
ping(0, _, _) -> ok;
ping(N, P, S) -> P ! {ping, S}, receive pong -> ping(N - 1, P, S) end.
pong() -> receive {ping, F} -> F ! pong, pong(); stop -> ok end.

stop(Pids) ->
  Refs = [monitor(process, P) || P <- Pids],
  [P ! stop || P <- Pids],
  [receive {'DOWN', R, process, _, _} -> ok end || R <- Refs].

%% So many timers of another process are pending.
cancel(Size, N) ->
  among(Size, fun() -> [erlang:cancel_timer(erlang:send_after(60000 + I rem 1000, self(), x)) || I <- lists:seq(1, N)] end).
fire(Size, N) ->
  among(Size, fun() -> [erlang:send_after(I rem 10, self(), x) || I <- lists:seq(1, N)], wait(N, x) end).
among(Size, Work) ->
  S = self(),
  Holder = spawn(fun() ->
    [erlang:send_after(600000 + (I * 7919) rem 600000, self(), x) || I <- lists:seq(1, Size)],
    S ! ready,
    receive stop -> ok end
  end),
  receive ready -> ok end,
  Us = us(Work),
  stop([Holder]),
  Us.

%% A selective receive that waits and has rejected so many messages gets one unwanted message after the other, each in a
%% turn of its own: the answer of a third process comes after that turn.
selective(Size, N) ->
  S = self(),
  Waiting = spawn(fun() -> receive want -> S ! wanted end end),
  Relay = spawn(fun() -> pong() end),
  [Waiting ! {bulk, I} || I <- lists:seq(1, Size)],
  ping(1000, Relay, S),
  Us = us(fun() -> unwanted(N, Waiting, Relay, S) end),
  Waiting ! want,
  receive wanted -> ok end,
  stop([Relay]),
  Us.
unwanted(0, _, _, _) -> ok;
unwanted(N, Waiting, Relay, S) ->
  Waiting ! {bulk, N},
  Relay ! {ping, S},
  receive pong -> unwanted(N - 1, Waiting, Relay, S) end.
