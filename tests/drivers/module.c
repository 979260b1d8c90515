/* SPDX-License-Identifier: MIT */
/*
 * Creates slab caches as modules of Linux do. FOUND: a name that a scan must find; HIDDEN: what must not be
 * taken for one.
 */
#define FOUND(name)  name
#define HIDDEN(name) name

struct kmem_cache *kmem_cache_create(const char *name, unsigned size, unsigned align, unsigned flags, void (*make)(void *));
struct kmem_cache *kmem_cache_create_usercopy(const char *name, unsigned size, unsigned align, unsigned flags,
	unsigned offset, unsigned n, void (*make)(void *));
struct kmem_cache *__kmem_cache_create_args(const char *name, unsigned size, void *args, unsigned flags);
void kmem_cache_destroy(struct kmem_cache *cache);
int snprintf(char *text, unsigned long n, const char *format, ...);
int printk(const char *format, ...);
int register_filesystem(void *system);

int init_module(void);
int other_module(int n);

static struct kmem_cache *caches[20];
static char made[32];

__attribute__((noinline)) static int create(int i, const char *name)
{
	caches[i] = kmem_cache_create(name, 64, 0, 0, 0);
	return caches[i] != 0 ? 0 : -12;
}

static void make_object(void *object)
{
	*(int *)object = 1;
}

int init_module(void)
{
	caches[0] = kmem_cache_create(FOUND("plain_cache"), 192, 0, 0x20000, 0);
	if (caches[0] == 0)
		return -12;
	caches[1] = kmem_cache_create_usercopy(FOUND("copied-cache"), 192, 0, 0x20000, 8, 64, make_object);
	if (caches[1] == 0)
		goto failed;
	caches[2] = __kmem_cache_create_args(FOUND("args_cache"), 192, made, 0x20000);
	if (caches[2] == 0 || create(3, FOUND("handed_on")) != 0 || create(4, FOUND("handed_on_too")) != 0)
		goto failed;
	snprintf(made, sizeof(made), HIDDEN("made_%d"), 5);
	caches[5] = kmem_cache_create(made, 64, 0, 0, 0);
	printk(HIDDEN("loaded\n"));
	return register_filesystem(made);
failed:
	kmem_cache_destroy(caches[0]);
	printk(HIDDEN("no memory\n"));
	return -12;
}

int other_module(int n)
{
	for (int i = 6; i < n; i++)
		caches[i] = kmem_cache_create(FOUND("in_a_loop"), 64, 0, 0, 0);
	caches[19] = kmem_cache_create(n > 3 ? FOUND("of_two_a") : FOUND("of_two_b"), 64, 0, 0, 0);
	return 0;
}
