/* SPDX-License-Identifier: MIT */
/* A file of its own, as <term.h> takes names like `columns` for itself. */
#include "programs/cli/posix/terminfo.h"

#include <curses.h>
#include <term.h>
#include <unistd.h>

bool terminfo_moves_cursor(void)
{
	const char *move;
	bool moves;
	int found;

	if (setupterm(NULL, STDOUT_FILENO, &found) != OK)
		return false;
	move = tigetstr("cup");
	moves = move != NULL && move != (const char *)-1;
	del_curterm(cur_term);
	return moves;
}
