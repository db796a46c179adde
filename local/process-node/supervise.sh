# Runs one container's command in a session of its own and leaves its exit code in a file, so that the code is
# known even when the process node was not there. Arguments: folder, path of setsid, command and its arguments.
# Signals meant for the container are sent to its own process; this shell only outlives them.
trap : TERM INT HUP QUIT USR1 USR2
folder=$1
shift
exec 3>&2 2>/dev/null
echo $$ >"$folder/supervisor"
/bin/sh -c 'echo $$ >"$0/main"; exec "$@"' "$folder" "$@" 2>&3 3>&-
echo "$?" >"$folder/exit"
