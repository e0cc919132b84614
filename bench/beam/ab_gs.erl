%% The server of gen_server_call.
-module(ab_gs).
-behaviour(gen_server).
-export([init/1, handle_call/3, handle_cast/2]).

init(_) -> {ok, 0}.
handle_call(inc, _, N) -> {reply, N, N + 1}.
handle_cast(_, N) -> {noreply, N}.
