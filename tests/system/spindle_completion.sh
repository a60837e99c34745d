#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# spindle_completion.sh SOURCE_DIR: what the completion files of bash and zsh make of what the
# command offers. A stand-in for the command says what it was asked, so that no server is needed.
set -eu

source_dir=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cat >"$folder/spindle" <<'STUB'
#!/bin/sh
echo "$*" >>"$LOG"
case $* in
--complete) printf 'rpc\ndd\n--help\n' ;;
*bdev_c) echo bdev_create ;;
*"bdev_create mode=f") printf 'mode=fast\nmode=full\n' ;;
*"perf --complete -w ra") printf 'randread\nrandwrite\n' ;;
*"bdev_create ") printf 'name=\nmode=\n' ;;
esac
STUB
chmod +x "$folder/spindle"
export LOG="$folder/log" PATH="$folder:$PATH"

# complete_by_bash LINE: the candidates, each in brackets.
complete_by_bash() {
	bash --norc -c '
		source "$1/tools/spindle/completions/spindle"
		COMP_LINE=$2 COMP_POINT=${#2}
		_spindle
		printf "[%s]" "${COMPREPLY[@]}"' bash "$source_dir" "$1"
}

expect() {
	if [ "$2" != "$3" ]; then
		echo "'$1' is completed to $2, and should be to $3" >&2
		exit 1
	fi
}

if command -v bash >/dev/null; then
	expect 'spindle r' "$(complete_by_bash 'spindle r')" '[rpc]'
	expect 'spindle d' "$(complete_by_bash 'spindle d')" '[dd]'
	expect 'spindle rpc bdev_c' "$(complete_by_bash 'spindle rpc bdev_c')" '[bdev_create]'
	# Bash has replaced only what is behind the '='.
	expect 'mode=f' "$(complete_by_bash 'spindle rpc bdev_create mode=f')" '[fast][full]'
	words='spindle rpc -s /a:b bdev_create '
	expect "$words" "$(complete_by_bash "$words")" '[name=][mode=]'
	expect 'the words' "$(tail -n 1 "$LOG")" 'rpc --complete -s /a:b bdev_create '
	expect 'perf -w ra' "$(complete_by_bash 'spindle perf -w ra')" '[randread][randwrite]'
	complete_by_bash 'spindle dd --s' >/dev/null
	expect 'the words' "$(tail -n 1 "$LOG")" 'dd --complete --s'
fi
if command -v zsh >/dev/null; then
	zsh -n "$source_dir/tools/spindle/completions/_spindle"
fi
