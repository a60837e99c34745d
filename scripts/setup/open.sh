# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=dash
# What processes have open. A device is known by its node's path and by its number, because
# containers have nodes of their own (docker --device=/dev/nvme0n1:/dev/xvdc).

# Sets opened: a line "PROCESS PATH" or "PROCESS KEY" each, see key_of(). There may be very many
# files, so no process is started for each.
list_opened()
{
	local quickly=

	# A file server that does not answer must not be waited for.
	if stat --cached=always / >/dev/null 2>&1; then
		quickly=--cached=always
	fi
	# /dev/null is there so that directories get their headings, also when there is but one.
	# shellcheck disable=SC2012 # the names are numbers
	opened=$(
		ls -l /dev/null "$proc"/[0-9]*/fd 2>/dev/null | awk '
			/^\/.*\/fd:$/ { n = split($0, part, "/"); process = part[n - 1] }
			/ -> \/(dev|var\/tmp)\// {
				sub(/.* -> /, "")
				if (!seen[process " " $0]++) print process, $0
			}'
		# shellcheck disable=SC2086 # nothing, or an option
		printf '%s\n' "$proc"/[0-9]*/fd/[0-9]* |
			xargs stat -L $quickly -c '%F %t:%T %n' 2>/dev/null | awk '
			/^(block|character) special file / {
				n = split($0, part, "/")
				line = part[n - 2] " " substr($1, 1, 1) $4
				if (!seen[line]++) print line
			}'
	)
}

# key_of KIND FILE: sets key to KIND (b or c) and the number in the file `dev` of a device, in hex
# as stat has it: b103:0; or to nothing.
key_of()
{
	local number

	get number "$2"
	key=
	[ -z "$number" ] || key=$1$(printf '%x:%x' "${number%:*}" "${number#*:}")
}

# look_at_open NODE NAME KIND FILE: processes that have open what is /dev/NODE here, or has the
# number in FILE.
look_at_open()
{
	local path=/dev/$1 key seen=' ' process what name

	key_of "$3" "$4"
	# For most there is nothing, and to read all lines takes long.
	case "$newline$opened$newline" in
	*" $path$newline"* | *" ${key:-$path}$newline"*) ;;
	*) return 0 ;;
	esac
	while read -r process what; do
		if [ "$what" != "$path" ] && [ "$what" != "${key:-$path}" ]; then
			continue
		fi
		if ! is_in "$process" "$seen"; then
			get name "$proc/$process/comm"
			add_use "$2 is open in process $process ($name)"
			seen="$seen$process "
		fi
	done <<-END
	$opened
	END
}
