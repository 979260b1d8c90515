/* SPDX-License-Identifier: MIT */
/* A program of nothing: what matters is that it links. */
int main(void)
{
	return 0;
}
