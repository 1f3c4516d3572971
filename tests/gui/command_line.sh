#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Test the zip and `blender --command mimic` in a real Blender; run by .ci/gui with this script in place of drive.py.
# Usage: command_line.sh ZIP VIDEO STREAM FOLDER
set -euo pipefail
archive=$1 video=$2 folder=$4

expect() { # STATUS TEXT COMMAND...: the command must exit with this status and print this text
    local status=0 wanted=$1 word=$2
    shift 2
    "$@" >"$folder/said.txt" 2>&1 || status=$?
    cat "$folder/said.txt"
    [ "$status" = "$wanted" ] || { echo "status $status instead of $wanted: $*" >&2 && exit 1; }
    grep -q -- "$word" "$folder/said.txt" || { echo "\"$word\" was not printed: $*" >&2 && exit 1; }
}

expect 0 mimic blender --command extension install-file -r user_default --enable "$archive"
expect 0 "Capture and bake will work" blender --command mimic doctor
expect 0 "Character:" blender --command mimic bake "$video" -o "$folder/avatar.glb" --end 1 --report "$folder/report.json"
expect 2 "There is no file" blender --command mimic bake missing.mp4 -o "$folder/nothing.blend"
expect 2 "required" blender --command mimic bake
expect 0 'Removed "mimic"' blender --command extension remove mimic
[ -s "$folder/avatar.glb" ] && [ -s "$folder/report.json" ]
[ ! -e "$BLENDER_USER_RESOURCES/extensions/user_default/mimic" ]
