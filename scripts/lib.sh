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

build_packages=(meson ninja-build gcc libc6-dev pkg-config libcjson-dev zlib1g-dev libncurses-dev)
