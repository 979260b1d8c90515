/* SPDX-License-Identifier: MIT */
/*
 * Lines that are recalled, one after the other: what recall.h is about. Compiled once for each kind
 * of vectors that lanes.h knows, under a name of its own.
 */
#include "log/recalled.h"

enum {
	LOOK_AHEAD = 64, /* lines */
	FOUND_AGAIN = 4, /* keys that come as foreseen, where the order was lost */
};

/* ---- other numbers, wherever they stand ---- */

static bool has_literal(const char *at, const struct pm_recalled_literal *literal, bool brief)
{
	uint64_t differs = (pm_bytes_load(at) ^ literal->word[0]) & literal->mask[0];

	if (!brief)
		differs |= (pm_bytes_load(at + 8) ^ literal->word[1]) & literal->mask[1];
	return differs == 0;
}

/* Where numbers of a line of a known shape end, which is looked at from behind the key on, and how
 * many digits they have. Returns where the line ends; NULL: it is of another shape. */
static inline const char *find_numbers(const struct pm_recalled_shape *shape, const char *body,
	size_t n_key, const char *ends[PM_N_VALUES], unsigned n_digits[PM_N_VALUES], bool brief)
{
	const char *at = body + n_key;
	uint64_t digits = pm_bytes_digits(at);
	unsigned n_known = 64; /* bytes from `at` on that `digits` still tells of */

	for (int i = 0; i < shape->n_values; i++) {
		const struct pm_recalled_literal *before = &shape->before[i];
		unsigned n;

		if (n_known < PM_RECALL_LITERAL + PM_RECALL_DIGITS + 1) {
			digits = pm_bytes_digits(at);
			n_known = 64;
		}
		if (!has_literal(at, before, brief))
			return NULL;
		digits >>= before->n;
		n = pm_lowest_bit(~digits);
		at += before->n;
		if (n == 0 || n > PM_RECALL_DIGITS || (*at == '0' && n > 1))
			return NULL;
		digits >>= n;
		at += n;
		ends[i] = at;
		n_digits[i] = n;
		n_known -= (unsigned)before->n + n;
	}
	if (!has_literal(at, &shape->end_literal, true) ||
		(shape->n_end > 8 && !pm_bytes_equal(at, shape->end, shape->n_end)))
		return NULL;
	return at + shape->n_end;
}

/* Notes that n bytes are digits of a number. */
static inline void set_digits(struct pm_recalled *known, size_t from, size_t n)
{
	const uint64_t digits = pm_low_bits(n);
	const size_t word = from / 64, bit = from % 64;

	known->bits[word].digits |= digits << bit;
	known->bits[word].leads |= (uint64_t)(n > 1) << bit;
	if (bit + n > 64)
		known->bits[word + 1].digits |= digits >> (64 - bit);
}

/* Reads the numbers of a line of n bytes, and notes where they stand if it is not too long. */
static inline void read_numbers(struct pm_recalled *known, const struct pm_recalled_shape *shape,
	const char *body, size_t n, const char *const *ends, const unsigned *n_digits)
{
	memset(known->bits, 0, sizeof(known->bits));
	memset(&known->places, 0, sizeof(known->places));
	for (int i = 0; i < shape->n_values; i++) {
		const size_t end = (size_t)(ends[i] - body);
		const int value = shape->value[i];

		if (n < PM_RECALL_PLACES) {
			pm_places_set(&known->places, value, end, n_digits[i]);
			set_digits(known, end - n_digits[i], n_digits[i]);
		} else {
			known->reading.value[value] =
				pm_bytes_number_of(ends[i] - n_digits[i], n_digits[i]);
		}
	}
	if (n < PM_RECALL_PLACES)
		(void)pm_places_read(&known->places, body, known->reading.value);
}

static inline void keep_text(struct pm_recalled *known, const char *body, size_t n)
{
	for (size_t i = 0; i < n; i += 64)
		memcpy(known->text + i, body + i, 64);
	known->n = (uint16_t)n;
}

/* Takes a line of a known key with other numbers. Returns what is behind it; NULL: it is not of the
 * shape of the last one. */
static PM_APART const char *take_changed(const struct pm_recall *recall, struct pm_recalled *known,
	const char *body, uint64_t *stamp)
{
	const struct pm_recalled_shape *shape;
	const char *ends[PM_N_VALUES], *behind;
	unsigned n_digits[PM_N_VALUES];

	if (known->shape == PM_NO_SHAPE)
		return NULL;
	shape = recall->shapes[known->shape];
	behind = shape->brief ? find_numbers(shape, body, known->n_key, ends, n_digits, true)
			      : find_numbers(shape, body, known->n_key, ends, n_digits, false);
	if (behind == NULL || (size_t)(behind - body) > known->capacity)
		return NULL;
	read_numbers(known, shape, body, (size_t)(behind - body), ends, n_digits);
	known->reading.stamp = ++*stamp;
	keep_text(known, body, (size_t)(behind - body));
	return behind;
}

/* ---- other digits, where they stood ---- */

/* Which of 64 bytes of a line from i on, which has n, are others than those of the last one of its
 * key and can't be: it was no digit, or it is a zero before a number. */
static inline uint64_t find_wrong(
	const struct pm_recalled *known, const char *body, size_t i, size_t n)
{
	const uint64_t differ = pm_bytes_differ(body + i, known->text + i) & pm_low_bits(n - i);

	return (differ & ~known->bits[i / 64].digits) |
		(differ & known->bits[i / 64].leads & pm_bytes_where(body + i, '0'));
}

/* Whether a line differs from the last one of its key in bytes alone that were digits, and no
 * number has a zero before it. */
static inline bool has_other_digits(const struct pm_recalled *known, const char *body)
{
	const size_t n = known->n;
	uint64_t wrong;

	if (n >= PM_RECALL_PLACES)
		return false;
	wrong = find_wrong(known, body, 0, n);
	for (size_t i = 64; i < n; i += 64)
		wrong |= find_wrong(known, body, i, n);
	return wrong == 0;
}

/* Takes a line that differs from the last one of its key in digits alone. Whether it is one. */
static inline bool take_digits(struct pm_recalled *known, const char *body, uint64_t *stamp)
{
	if (!has_other_digits(known, body) ||
		!pm_places_read(&known->places, body, known->reading.value))
		return false;
	known->reading.stamp = ++*stamp;
	keep_text(known, body, known->n);
	return true;
}

/* ---- lines that were not foreseen ---- */

/* The key of a line, by its bytes; NULL: it is not known. */
static inline struct pm_recalled *look_up(const struct pm_recall *recall,
	const struct pm_codec *codec, const char *body, const char *end)
{
	const size_t n_key = codec->key_length(body, end);

	return n_key == 0 || n_key > PM_RECALL_TEXT ? NULL : pm_recall_find(recall, body, n_key);
}

/* Takes a line of this key that has its text, or numbers of the same shape, if the last one need
 * not stay as it is for a reading of this batch. Returns what is behind it, or NULL. */
static const char *take_line_of(const struct pm_recall *recall, struct pm_recalled *known,
	const char *body, uint64_t *stamp)
{
	if (pm_bytes_equal(body, known->text, known->n))
		return body + known->n;
	if (known->batch == recall->batch)
		return NULL;
	return take_digits(known, body, stamp) ? body + known->n
					       : take_changed(recall, known, body, stamp);
}

/* A line that is not as it was foreseen. Returns its key, with that line as its last one, or NULL. */
static PM_APART struct pm_recalled *take_unforeseen(struct pm_recall *recall,
	const struct pm_codec *codec, const char *body, const char *end, uint64_t *stamp)
{
	struct pm_recalled *last = recall->last, *known = last->next;

	recall->lost = !pm_bytes_equal(body, known->text, known->n_key);
	if (recall->lost)
		known = look_up(recall, codec, body, end);
	if (known == NULL || take_line_of(recall, known, body, stamp) == NULL)
		return NULL;
	last->next = known;
	return known;
}

/* ---- lines that were ---- */

struct foreseen {
	const struct pm_reading **readings; /* [n], of max at most */
	size_t n, max;
	struct pm_recalled *last; /* key of the last line */
	const char *at;           /* behind it */
	const char *bodies[LOOK_AHEAD];
	/* Bits of lines, which others must not depend on, as where to store would if they were
	 * listed: those that have another text than the last one of their key; of these, which end
	 * at end[], and need not be as long as that. */
	uint64_t others, moved;
	const char *end[LOOK_AHEAD];
};

static inline bool has_head(const struct pm_recall *recall, const char *line)
{
	return pm_bytes_equal(line, recall->head, recall->n_head);
}

/* Behind the newline of a line that has one. */
static inline const char *behind_line(const char *at)
{
	uint64_t newlines;

	while ((newlines = pm_bytes_where(at, '\n')) == 0)
		at += 64;
	return at + pm_lowest_bit(newlines) + 1;
}

/* Looks at lines as long as each is where it must be if it is as long as the last one of its key,
 * which is the one that came next the last time. Nothing is called here, so that all stays in
 * registers. */
static PM_APART void look_ahead(
	struct foreseen *foreseen, const struct pm_recall *recall, const char *end)
{
	const char *const head = recall->head;
	const size_t n_head = recall->n_head, max = foreseen->max;
	const uint32_t batch = recall->batch;
	const struct pm_reading **const readings = foreseen->readings;
	struct pm_recalled *last = foreseen->last;
	const char *line = foreseen->at;
	uint64_t others = foreseen->others;
	size_t i = foreseen->n;

	while (i < max && line < end && pm_bytes_equal(line, head, n_head)) {
		struct pm_recalled *known = last->next;
		const char *body = line + n_head;

		if (known->batch == batch)
			break;
		known->batch = batch;
		readings[i] = &known->reading;
		foreseen->bodies[i] = body;
		last = known;
		line = body + known->n;
		others |= (uint64_t)!pm_bytes_equal(body, known->text, known->n) << i++;
	}
	foreseen->n = i;
	foreseen->last = last;
	foreseen->at = line;
	foreseen->others = others;
}

/* Where there was no line behind the last one: whether that one has another length, and there is
 * one behind its newline. */
static PM_APART bool find_next(
	struct foreseen *foreseen, const struct pm_recall *recall, const char *end)
{
	const size_t i = foreseen->n - 1;

	if (foreseen->n == 0 || (foreseen->others >> i & 1) == 0 || foreseen->at >= end ||
		has_head(recall, foreseen->at) ||
		!pm_bytes_equal(foreseen->bodies[i], foreseen->last->text, foreseen->last->n_key))
		return false;
	foreseen->moved |= UINT64_C(1) << i;
	foreseen->at = foreseen->end[i] = behind_line(foreseen->bodies[i]);
	return foreseen->at < end && has_head(recall, foreseen->at);
}

/* Likewise where the order is lost: keys are looked up. Where a line ends is told by its newline,
 * so that the next one need not wait for that. */
static PM_APART void look_up_lines(struct foreseen *foreseen, struct pm_recall *recall,
	const struct pm_codec *codec, const char *end)
{
	size_t n_found = 0;

	foreseen->moved = UINT64_MAX;
	while (n_found < FOUND_AGAIN && foreseen->n < foreseen->max && foreseen->at < end &&
		has_head(recall, foreseen->at)) {
		const char *body = foreseen->at + recall->n_head;
		struct pm_recalled *known = look_up(recall, codec, body, end);
		const size_t i = foreseen->n;

		if (known == NULL || known->batch == recall->batch)
			break;
		n_found = foreseen->last->next == known ? n_found + 1 : 0;
		foreseen->last->next = known;
		known->batch = recall->batch;
		foreseen->readings[foreseen->n++] = &known->reading;
		foreseen->last = known;
		foreseen->bodies[i] = body;
		foreseen->at = foreseen->end[i] = behind_line(body);
		foreseen->others |= (uint64_t)!pm_bytes_equal(body, known->text, known->n) << i;
	}
	recall->lost = n_found < FOUND_AGAIN;
}

/*
 * Whether lines have the texts that were foreseen is noted, but nothing is decided by it: that
 * would be a branch that nobody can foresee. One that is longer or shorter has another text, so it
 * is among the others. What was taken for it, and for lines behind it, is for take_foreseen() to
 * sort out.
 */
static void foresee(struct foreseen *foreseen, struct pm_recall *recall,
	const struct pm_codec *codec, const char *end)
{
	if (recall->lost) {
		look_up_lines(foreseen, recall, codec, end);
		return;
	}
	do
		look_ahead(foreseen, recall, end);
	while (find_next(foreseen, recall, end));
}

static struct pm_recalled *recalled_of(const struct pm_reading *reading)
{
	return (struct pm_recalled *)((uintptr_t)reading - offsetof(struct pm_recalled, reading));
}

/* Takes others that differ in digits alone, up to the first that does not. Returns those left. */
static PM_APART uint64_t take_others(
	const struct foreseen *foreseen, uint64_t others, uint64_t *stamp)
{
	uint64_t next = *stamp;

	for (; others != 0; others &= others - 1) {
		const size_t i = pm_lowest_bit(others);

		if (!take_digits(recalled_of(foreseen->readings[i]), foreseen->bodies[i], &next))
			break;
	}
	*stamp = next;
	return others;
}

/* Undoes what was foreseen but n lines, which end at `at`. */
static void cut_off(
	struct foreseen *foreseen, const struct pm_recall *recall, size_t n, const char *at)
{
	while (foreseen->n > n)
		recalled_of(foreseen->readings[--foreseen->n])->batch = recall->batch - 1;
	foreseen->last = n > 0 ? recalled_of(foreseen->readings[n - 1]) : recall->last;
	foreseen->at = at;
}

/* Takes the lines that were foreseen, up to the first that was not, or that ends elsewhere. Whether
 * there is none of the former. */
static bool take_foreseen(
	struct foreseen *foreseen, const struct pm_recall *recall, uint64_t *stamp)
{
	uint64_t others = foreseen->others;

	for (; (others = take_others(foreseen, others, stamp)) != 0; others &= others - 1) {
		const size_t i = pm_lowest_bit(others);
		struct pm_recalled *known = recalled_of(foreseen->readings[i]);
		const char *body = foreseen->bodies[i], *behind = NULL;
		const char *end =
			(foreseen->moved >> i & 1) != 0 ? foreseen->end[i] : body + known->n;

		if (pm_bytes_equal(body, known->text, known->n_key))
			behind = take_changed(recall, known, body, stamp);
		if (behind == NULL) {
			cut_off(foreseen, recall, i, body - recall->n_head);
			return false;
		}
		if (behind != end) {
			cut_off(foreseen, recall, i + 1, behind);
			return true;
		}
	}
	return true;
}

size_t PM_RECALL_RUN(struct pm_recall *recall, const struct pm_codec *codec, const char **at,
	const char *end, const struct pm_reading **readings, size_t max, uint64_t *stamp)
{
	size_t n = 0;

	if (recall->n_head == 0 || recall->last == NULL)
		return 0;
	recall->batch++;
	while (n < max && *at < end) {
		struct foreseen foreseen;
		struct pm_recalled *known;
		bool taken;

		foreseen.readings = readings + n;
		foreseen.n = 0;
		foreseen.max = max - n < LOOK_AHEAD ? max - n : LOOK_AHEAD;
		foreseen.last = recall->last;
		foreseen.at = *at;
		foreseen.others = foreseen.moved = 0;
		foresee(&foreseen, recall, codec, end);
		taken = take_foreseen(&foreseen, recall, stamp);
		n += foreseen.n;
		recall->last = foreseen.last;
		*at = foreseen.at;
		if (taken && foreseen.n > 0)
			continue;
		if (n == max || *at >= end || !has_head(recall, *at))
			break;
		known = take_unforeseen(recall, codec, *at + recall->n_head, end, stamp);
		if (known == NULL)
			break;
		known->batch = recall->batch;
		readings[n++] = &known->reading;
		recall->last = known;
		*at += recall->n_head + known->n;
	}
	return n;
}
