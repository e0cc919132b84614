%% The supervisors of supervisor_restart (one child that crashes when told to) and of dynamic_children (children that wait).
-module(ab_sup).
-behaviour(supervisor).
-export([init/1, child/1, idle/0]).

init({restart, Owner}) ->
  {ok, {#{strategy => one_for_one, intensity => 1000000, period => 1},
    [#{id => c, start => {ab_sup, child, [Owner]}}]}};
init(children) ->
  {ok, {#{strategy => simple_one_for_one}, [#{id => c, start => {ab_sup, idle, []}}]}}.

child(Owner) -> {ok, proc_lib:spawn_link(fun() -> Owner ! {up, self()}, receive crash -> exit(boom) end end)}.
idle() -> {ok, spawn_link(fun() -> receive stop -> ok end end)}.
