# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=dash
# The report, for people and as JSON.

status()
{
	local directory address

	# With addresses only those; else NVMe controllers and all that is with user space now.
	if [ -z "$addresses" ]; then
		for directory in "$devices"/*; do
			address=${directory##*/}
			get_link d_driver "$directory/driver"
			if ! is_in "$address" "$selected" && is_user_driver "$d_driver"; then
				selected="$selected$address "
			fi
		done
	fi
	if [ "$json" = yes ]; then
		json_status
	else
		text_status
	fi
}

text_status()
{
	local address

	text_huge_pages
	text_machine
	printf '\n%-6s %-13s %-6s %-6s %-5s %-16s %-8s %s\n' \
		Type BDF Vendor Device NUMA Driver Device 'Block devices'
	for address in $selected; do
		read_device "$address"
		text_device
	done
	if [ "$selected" = ' ' ]; then
		say "no NVMe controller"
	fi
}

# Calls its arguments and then NODE SIZE_KB FREE TOTAL for each kind of huge page.
for_huge_pages()
{
	local directory node found=no

	for directory in "$sys"/devices/system/node/node*/hugepages/hugepages-*; do
		if [ -d "$directory" ]; then
			node=${directory#*/node/node}
			for_pool "$directory" "${node%%/*}" "$@"
			found=yes
		fi
	done
	[ "$found" = no ] || return 0
	for directory in "$sys"/kernel/mm/hugepages/hugepages-*; do
		[ ! -d "$directory" ] || for_pool "$directory" - "$@"
	done
}

for_pool()
{
	local directory=$1 node=$2 size free total

	shift 2
	size=${directory##*hugepages-}
	get free "$directory/free_hugepages"
	get total "$directory/nr_hugepages"
	"$@" "$node" "${size%kB}" "$free" "$total"
}

text_huge_pages()
{
	printf 'Huge pages\n%-6s %10s %8s / %6s\n' node hugesize free total
	for_huge_pages text_pool
}

text_pool()
{
	printf '%-6s %10s %8s / %6s\n' "$1" "$2kB" "$3" "$4"
}

has_iommu()
{
	local entry

	for entry in "$groups"/*; do
		[ ! -d "$entry" ] || is_without_iommu "${entry##*/}" || return 0
	done
	return 1
}

text_machine()
{
	local driver

	if has_iommu; then
		printf '\nIOMMU: on\n'
	else
		printf '\nIOMMU: off, or none; vfio-pci needs it: firmware, intel_iommu=on\n'
	fi
	for driver in vfio-pci uio_pci_generic; do
		find_module "$driver"
		printf '%s: %s\n' "$driver" "$module"
	done
	if [ -z "$root" ] && [ "$(id -u)" != 0 ]; then
		say "Not root: what other users' processes have open cannot be seen."
	fi
}

text_device()
{
	printf '%-6s %-13s %-6s %-6s %-5s %-16s %-8s %s\n' "$d_type" "$d_address" "$d_vendor" \
		"$d_device" "${d_node:--}" "${d_driver:--}" "${d_controller:--}" "${d_blocks:--}"
	if [ -n "$d_group" ]; then
		list_members
		say "    IOMMU group $d_group: ${members:-nothing else in it}"
	fi
	judge
	explain_verdict
	[ -z "$uses" ] || say "    $uses" | sed '2,$s/^/    /'
	say "    $verdict"
}

# Sets members to what else is in the group, in words.
list_members()
{
	local other driver

	members=
	for other in $d_others; do
		get_link driver "$devices/$other/driver"
		members="${members:+$members, }$other (${driver:-no driver})"
	done
}

# After judge(): sets verdict, in words, and is_possible to whether config would do something.
explain_verdict()
{
	is_possible=true
	if is_user_driver "$d_driver"; then
		verdict="with user space, by $d_driver"
		[ -n "$uses" ] || verdict="$verdict; 'reset' gives it back"
	elif [ -n "$refusal" ]; then
		is_possible=false
		verdict="cannot be given to user space: $refusal"
		[ -z "$uses" ] || verdict="cannot be given to user space, because it is in use"
	else
		verdict="can be given to $target"
	fi
}

# quote TEXT: as a string of JSON, without a line end.
quote()
{
	case $1 in
	*[!a-zA-Z0-9\ ./:,_-]*)
		printf '"%s"' "$(printf %s "$1" | tr -d '\000-\037' | sed 's/["\\]/\\&/g')"
		;;
	*) printf '"%s"' "$1" ;;
	esac
}

# quote_or_null TEXT
quote_or_null()
{
	if [ -n "$1" ]; then
		quote "$1"
	else
		printf null
	fi
}

# quote_list: the lines of the input.
quote_list()
{
	local line comma=

	printf '['
	while IFS= read -r line; do
		[ -n "$line" ] || continue
		printf '%s' "$comma"
		quote "$line"
		comma=', '
	done
	printf ']'
}

quote_words()
{
	echo "$1" | tr ' ' '\n' | quote_list
}

json_status()
{
	local address comma=

	printf '{\n  "huge_pages": ['
	json_comma=
	for_huge_pages json_pool
	printf '],\n  "iommu": '
	if has_iommu; then printf true; else printf false; fi
	printf ',\n  "modules": {'
	find_module vfio-pci
	printf '"vfio-pci": "%s", ' "$module"
	find_module uio_pci_generic
	printf '"uio_pci_generic": "%s"},\n  "devices": [' "$module"
	for address in $selected; do
		read_device "$address"
		printf '%s\n    ' "$comma"
		json_device
		comma=,
	done
	printf '\n  ]\n}\n'
}

json_pool()
{
	local node=$1

	[ "$node" != - ] || node=null
	printf '%s{"node": %s, "size_kb": %s, "free": %s, "total": %s}' "$json_comma" "$node" "$2" \
		"${3:-0}" "${4:-0}"
	json_comma=', '
}

json_device()
{
	judge
	explain_verdict
	printf '{"address": "%s", "type": "%s", "vendor": "%s", "device": "%s", "numa_node": %s, ' \
		"$d_address" "$d_type" "$d_vendor" "$d_device" "${d_node:-null}"
	printf '"driver": %s, ' "$(quote_or_null "$d_driver")"
	printf '"iommu_group": %s, "group_members": ' "${d_group:-null}"
	quote_words "$d_others"
	printf ', "controller": %s, "block_devices": ' "$(quote_or_null "$d_controller")"
	quote_words "$d_blocks"
	printf ', "uses": '
	echo "$uses" | quote_list
	printf ', "possible": %s, "target": "%s", "why": ' "$is_possible" "$target"
	quote "$verdict"
	printf '}'
}
