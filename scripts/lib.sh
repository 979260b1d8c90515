# SPDX-License-Identifier: MIT
# What the scripts share. To be sourced by bash with set -eu.
# shellcheck shell=bash disable=SC2034

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 4; }

# How to become root without being asked anything: "" for root, "sudo -n", or "no".
privilege() {
	if [ "$(id -u)" = 0 ]; then
		printf ''
	elif sudo -n true 2>/dev/null; then
		printf 'sudo -n'
	else
		printf 'no'
	fi
}

# install_packages PACKAGE...: those that are not installed yet, with apt, asking nothing. Fails with a message
# where that can't be done. The log is in $install_log.
install_packages() {
	local missing=() package sudo
	if ! command -v dpkg-query >/dev/null; then
		die "this is no Debian or Ubuntu; install what corresponds to: $*"
	fi
	for package; do
		if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
			missing+=("$package")
		fi
	done
	if [ ${#missing[@]} = 0 ]; then
		return 0
	fi
	sudo=$(privilege)
	if [ "$sudo" = no ]; then
		die "these packages are missing, and installing them takes root: ${missing[*]}"
	fi
	say "  installing ${missing[*]}"
	install_log=$(mktemp)
	if ! { $sudo apt-get update &&
		$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
			-o Dpkg::Lock::Timeout=300 "${missing[@]}"; } >"$install_log" 2>&1 </dev/null; then
		tail -n 20 "$install_log" >&2
		return 1
	fi
	rm -f "$install_log"
}

# The sources of a Debian package, from where this machine gets its packages, into $work/sources.
fetch_source() {
	local apt=$work/apt
	if ls "$work/sources/$1"_*.orig.tar.* >/dev/null 2>&1; then
		return 0
	fi
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/parts" "$work/sources"
	for list in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
		[ -e "$list" ] || continue
		case $list in
		*.sources) sed 's/^Types:.*/Types: deb-src/' "$list" >"$apt/parts/$(basename "$list")" ;;
		*.list) sed -n 's/^deb /deb-src /p' "$list" >"$apt/parts/$(basename "$list")" ;;
		esac
	done
	local options=(-o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$apt/parts"
		-o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root)
	(cd "$work/sources" && apt-get "${options[@]}" update && apt-get "${options[@]}" source --download-only "$1")
}

# prepare_source PACKAGE: cJSON or Capstone for another system is built from upstream's release, which Debian's source
# package is bit for bit.
prepare_source() {
	local cache=$root/subprojects/packagecache wrap=$root/subprojects/$1.wrap name hash
	name=$(sed -n 's/^source_filename = //p' "$wrap")
	hash=$(sed -n 's/^source_hash = //p' "$wrap")
	[ ! -e "$cache/$name" ] || return 0
	fetch_source "$1" || return 1
	for tarball in "$work/sources/$1"_*.orig.tar.gz; do
		if [ "$(sha256sum <"$tarball")" = "$hash  -" ]; then
			mkdir -p "$cache"
			cp "$tarball" "$cache/$name"
		fi
	done
	[ -e "$cache/$name" ]
}

build_packages=(meson ninja-build gcc libc6-dev pkg-config libcjson-dev zlib1g-dev libncurses-dev libisal-dev libzstd-dev
	libcapstone-dev)
windows_packages=(meson ninja-build gcc libc6-dev gcc-mingw-w64-x86-64-win32 libz-mingw-w64-dev)
