/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is built on what: devices below stand to the left, those on them follow, a step further to
 * the right. A device on several others stands under each; what is on it, under the first only.
 *
 * A server may tell anything: of circles, of devices that are not there, of towers without end.
 * Each device is unfolded once, and no deeper than DEPTH_MAX.
 */
#include "bdev.h"
#include "size.h"
#include "table.h"

#include "spdk/util.h"

#define DEPTH_MAX 64

/* The same device twice is one link. */
struct link {
	size_t base;
	size_t top;
};

struct tree {
	const struct bdev_infos *infos;
	/* The devices that are there come first, then those that are missed. */
	char **missing;
	size_t missing_count;
	struct link *links;
	size_t link_count;
	/* Whether what is on a device was drawn. */
	bool *is_drawn;
	bool is_utf8;
	struct table table;
};

static size_t
node_count(const struct tree *tree)
{
	return tree->infos->count + tree->missing_count;
}

/* ---- Links ---- */

static size_t
find_missing(struct tree *tree, const char *name)
{
	size_t i;

	for (i = 0; i < tree->missing_count && strcmp(tree->missing[i], name) != 0; i++) {
	}
	if (i == tree->missing_count) {
		tree->missing[tree->missing_count++] = duplicate(name);
	}
	return tree->infos->count + i;
}

static void
add_link(struct tree *tree, size_t base, size_t top)
{
	size_t i;

	for (i = tree->link_count; i > 0 && tree->links[i - 1].top == top; i--) {
		if (tree->links[i - 1].base == base) {
			return;
		}
	}
	tree->links[tree->link_count++] = (struct link){.base = base, .top = top};
}

static void
make_links(struct tree *tree, const struct bdev_infos *infos)
{
	size_t i, j, base, references = 0;

	tree->infos = infos;
	for (i = 0; i < infos->count; i++) {
		references += infos->of[i].base_count;
	}
	tree->links = allocate(references, sizeof(*tree->links));
	tree->missing = allocate(references, sizeof(*tree->missing));
	for (i = 0; i < infos->count; i++) {
		for (j = 0; j < infos->of[i].base_count; j++) {
			const struct bdev_reference *reference = &infos->of[i].bases[j];

			base = bdev_infos_find(infos, reference->name);
			if (base == infos->count && reference->is_certain) {
				base = find_missing(tree, reference->name);
			} else if (base == infos->count || base == i) {
				continue;
			}
			add_link(tree, base, i);
		}
	}
}

static void
tree_fini(struct tree *tree)
{
	size_t i;

	for (i = 0; i < tree->missing_count; i++) {
		free(tree->missing[i]);
	}
	free(tree->missing);
	free(tree->links);
	free(tree->is_drawn);
}

/* ---- Drawing ---- */

static void
add_row(struct tree *tree, size_t node, const char *prefix, const char *remark)
{
	const struct bdev_info *info;

	if (node >= tree->infos->count) {
		table_printf(&tree->table, "%s%s", prefix,
			     tree->missing[node - tree->infos->count]);
		table_add(&tree->table, duplicate("-"));
		table_add(&tree->table, duplicate("(not there)"));
		return;
	}
	info = &tree->infos->of[node];
	table_printf(&tree->table, "%s%s", prefix, info->name);
	table_add(&tree->table, duplicate(size_text(bdev_info_size(info)).text));
	table_printf(&tree->table, "%s%s", info->product, remark);
}

/* The next link from a device after `from`; link_count: none. */
static size_t
next_link(const struct tree *tree, size_t base, size_t from)
{
	while (from < tree->link_count && tree->links[from].base != base) {
		from++;
	}
	return from;
}

/* `prefix` is what stands before the lines of those on it. */
static void
draw(struct tree *tree, size_t node, const char *prefix, unsigned depth)
{
	const char *const *marks;
	static const char *const ascii[] = {"|-", "`-", "| ", "  "};
	static const char *const utf8[] = {"\u251c\u2500", "\u2514\u2500", "\u2502 ", "  "};
	size_t i = next_link(tree, node, 0), next, top;

	marks = tree->is_utf8 ? utf8 : ascii;
	tree->is_drawn[node] = true;
	for (; i < tree->link_count; i = next) {
		struct text line = {.bytes = NULL}, below = {.bytes = NULL};
		bool is_last, has_more;

		next = next_link(tree, node, i + 1);
		is_last = next == tree->link_count;
		top = tree->links[i].top;
		text_printf(&line, "%s%s", prefix, marks[is_last ? 1 : 0]);
		text_printf(&below, "%s%s", prefix, marks[is_last ? 3 : 2]);
		has_more = next_link(tree, top, 0) != tree->link_count;
		if (tree->is_drawn[top] || depth == DEPTH_MAX) {
			add_row(tree, top, line.bytes, has_more ? " (and so on)" : "");
		} else {
			add_row(tree, top, line.bytes, "");
			draw(tree, top, below.bytes, depth + 1);
		}
		text_fini(&line);
		text_fini(&below);
	}
}

static bool
has_base(const struct tree *tree, size_t node)
{
	size_t i;

	for (i = 0; i < tree->link_count; i++) {
		if (tree->links[i].top == node) {
			return true;
		}
	}
	return false;
}

void
bdev_tree_write(const struct bdev_infos *infos, bool is_utf8, struct text *text)
{
	static const struct table_column columns[] = {
		{"name", false}, {"size", true}, {"product", false}};
	struct tree tree = {.is_utf8 = is_utf8};
	size_t i;

	table_init(&tree.table, columns, SPDK_COUNTOF(columns));
	make_links(&tree, infos);
	tree.is_drawn = allocate(node_count(&tree), sizeof(*tree.is_drawn));
	for (i = 0; i < node_count(&tree); i++) {
		if (!has_base(&tree, i)) {
			add_row(&tree, i, "", "");
			draw(&tree, i, "", 0);
		}
	}
	/* Nothing leads to a circle; and what was too deep for one has its turn here. */
	for (i = 0; i < node_count(&tree); i++) {
		if (!tree.is_drawn[i]) {
			add_row(&tree, i, "", "");
			draw(&tree, i, "", 0);
		}
	}
	table_write(&tree.table, text);
	table_fini(&tree.table);
	tree_fini(&tree);
}

void
bdev_tree_write_json(const struct bdev_infos *infos, struct text *text)
{
	struct tree tree = {.is_utf8 = false};
	size_t i, j, base;
	const char *comma;

	make_links(&tree, infos);
	text_add_string(text, "[");
	for (i = 0; i < infos->count; i++) {
		text_add_string(text, i > 0 ? ",\n{\"name\":" : "\n{\"name\":");
		text_add_quoted(text, infos->of[i].name);
		text_add_string(text, ",\"bases\":[");
		comma = "";
		for (j = 0; j < tree.link_count; j++) {
			if (tree.links[j].top != i) {
				continue;
			}
			base = tree.links[j].base;
			text_add_string(text, comma);
			text_add_quoted(text, base < infos->count ?
						      infos->of[base].name :
						      tree.missing[base - infos->count]);
			comma = ",";
		}
		text_add_string(text, "]}");
	}
	text_add_string(text, "\n]\n");
	tree_fini(&tree);
}
