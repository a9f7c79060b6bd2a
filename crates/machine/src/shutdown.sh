#!/bin/sh
# halt, poweroff, reboot and shutdown of an instance: they ask its pid 1, by the signals that systemd has for the same.

name=${0##*/}
fail() {
    echo "$name: $*" >&2
    exit 1
}

case $name in
halt | poweroff | reboot | shutdown) action=$name ;;
*) fail "is to be called halt, poweroff, reboot or shutdown" ;;
esac
force= cancel= pretend= when=
[ "$name" = shutdown ] && action=poweroff

# Letters may be put together, as in `shutdown -rf`.
option() {
    case $name:$1 in
    *:H | *:-halt) action=halt ;;
    *:P | *:-poweroff | *:p) action=poweroff ;;
    *:r | *:-reboot) action=reboot ;;
    shutdown:h) [ "$action" = reboot ] || action=poweroff ;;
    shutdown:c) cancel=yes ;;
    shutdown:k | *:w | *:-wtmp-only) pretend=yes ;;
    shutdown:[fF] | *:-no-wall | *:-no-wtmp | *:[nd]) ;;
    *:f | *:-force) force=yes ;;
    *:-help)
        echo "usage: $name [--halt|--poweroff|--reboot] $([ "$name" = shutdown ] && echo '[-h|-r|-c|-k] [now|+minutes|hh:mm]' || echo '[--force]')"
        exit 0
        ;;
    *) fail "unknown option -$1" ;;
    esac
}

while [ $# -gt 0 ]; do
    case $1 in
    --) ;;
    --*) option "${1#-}" ;;
    -?*)
        letters=${1#-}
        while [ -n "$letters" ]; do
            option "${letters%"${letters#?}"}"
            letters=${letters#?}
        done
        ;;
    *)
        [ "$name" = shutdown ] || fail "too many arguments"
        # The time comes first; what follows is a message, which nobody is logged in to read.
        [ -n "$when" ] || when=$1
        ;;
    esac
    shift
done

planned=/run/shutdown.pid
if [ -n "$cancel" ]; then
    [ -f $planned ] && kill "$(cat $planned)" 2>/dev/null
    rm -f $planned
    exit 0
fi

[ "$name" = shutdown ] || when=now
# Without a time, shutdown(8) gives everybody a minute.
case ${when:-+1} in
now) seconds=0 ;;
[0-9]:[0-5][0-9] | [0-2][0-9]:[0-5][0-9])
    seconds=$(($(date -d "$when" +%s) - $(date +%s))) || exit 1
    [ $seconds -ge 0 ] || seconds=$((seconds + 86400))
    ;;
*)
    minutes=${when:-+1}
    minutes=${minutes#+}
    case $minutes in
    '' | *[!0-9]* | ???????*) fail "$when is no time: now, +minutes or hh:mm is one" ;;
    esac
    seconds=$((60 * ${minutes#"${minutes%%[!0]*}"}0 / 10))
    ;;
esac

case $force:$action in
yes:halt) signal=47 ;;
yes:poweroff) signal=48 ;;
yes:reboot) signal=49 ;;
*:halt) signal=37 ;;
*:poweroff) signal=38 ;;
*:reboot) signal=39 ;;
esac
[ -z "$pretend" ] || exit 0
if [ "$seconds" -eq 0 ]; then
    # Pid 1 ends this shell too, which has done what it was to do.
    trap '' TERM HUP
    kill -$signal 1 || exit 1
    exit 0
fi
kill -0 1 || exit 1
[ -f $planned ] && kill "$(cat $planned)" 2>/dev/null
(
    trap '' HUP
    exec sh -c "sleep $seconds; kill -$signal 1"
) </dev/null >/dev/null 2>&1 &
echo $! >$planned
echo "$action in $seconds seconds; \`shutdown -c\` cancels it"
