# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=dash
# What people say, in variables and as arguments: checked as a whole before anything is changed, as
# a script that ends in the middle leaves devices without a driver.

is_number()
{
	case $1 in
	'' | *[!0-9]*) return 1 ;;
	# What is longer is a mistake, and may be too large to be counted with.
	??????????*) return 1 ;;
	esac
}

# plain_number NUMBER: sets number to it without leading zeros, which would make it octal.
plain_number()
{
	number=$1
	while [ "${number#0?}" != "$number" ]; do
		number=${number#0}
	done
}

# check_number VARIABLE
check_number()
{
	local value number

	eval "value=\${$1:-}"
	[ -n "$value" ] || return 0
	is_number "$value" || wrong_usage "$1: '$value' is not a number"
	plain_number "$value"
	eval "$1=\$number"
}

# Sets wait_s, and huge_nodes to the words of HUGENODE as "NODE=NUMBER", or "NODE=" for as many as
# every node gets.
check_variables()
{
	local name word node pages number

	for name in UEVENT_TIMEOUT HUGEMEM NRHUGE HUGEPGSZ; do
		check_number "$name"
	done
	wait_s=${UEVENT_TIMEOUT:-10}
	huge_nodes=
	set -f
	for word in $(printf %s "${HUGENODE:-}" | tr , ' '); do
		node=$word
		pages=
		case $word in
		'nodes_hp['*']='*)
			node=${word#*\[}
			node=${node%%\]*}
			pages=${word#*=}
			is_number "$pages" || node=
			plain_number "$pages"
			pages=$number
			;;
		esac
		is_number "$node" ||
			wrong_usage "HUGENODE: '$word' is neither a node nor nodes_hp[NODE]=NUMBER"
		plain_number "$node"
		huge_nodes="$huge_nodes $number=$pages"
	done
	set +f
}

# full_address WORD: sets address to the form that sysfs has: 1:00.0 is 0000:01:00.0. Fails when
# WORD is no address.
full_address()
{
	local domain=0000 rest

	rest=$(printf %s "$1" | tr A-F a-f)
	case $rest in
	*:*:*)
		domain=${rest%%:*}
		rest=${rest#*:}
		;;
	esac
	case $rest in
	?:*) rest=0$rest ;;
	esac
	case $rest in
	??:?.*) rest=${rest%%:*}:0${rest#*:} ;;
	esac
	case $domain:$rest in
	*[!0-9a-f]*:*:* | :*) return 1 ;;
	*:[0-9a-f][0-9a-f]:[01][0-9a-f].[0-7]) ;;
	*) return 1 ;;
	esac
	while [ ${#domain} -lt 4 ]; do
		domain=0$domain
	done
	address=$domain:$rest
}

# read_addresses WHERE TEXT: sets list to the addresses in TEXT, each in full, with a blank before
# and after each.
read_addresses()
{
	local word

	list=' '
	set -f
	for word in $(printf %s "$2" | tr , ' '); do
		full_address "$word" ||
			wrong_usage "$1: '$word' is no address of a PCI device (0000:01:00.0)"
		list="$list$address "
	done
	set +f
}
