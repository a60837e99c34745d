/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading of a command line: getopt_long(3) with the options of every application and those of the
 * program at once.
 *
 * Invariants:
 *  1. In the merged list of long options ours come first, so an index tells whose an option is;
 *     the `val` of a program's option never decides, but for letters of ours.
 *  2. Every reading starts anew: optind is 0 before it, which is how getopt is made to forget.
 *  3. What is wrong is explained once, here or where a value is looked at; getopt itself is silent.
 */
#include "app/app/app_args.h"
#include "app/app/app_opts.h"
#include "spdk/string.h"

/* What getopt_long() returns for our long options; beyond all characters. */
#define OWN_VALUE 0x100

/* The options of both sides, as getopt_long() wants them. */
struct merged_options {
	char *letters;
	struct option *names;
	/* Of `names`, those in front are ours. */
	size_t own_count;
};

/* What the program has given to spdk_app_parse_args(). */
struct program {
	const char *letters;
	const struct option *names;
	int (*parse)(int ch, char *arg);
};

/* For spdk_app_usage() and -h, which may come from inside of the program's callbacks. */
static struct {
	char name[128];
	void (*usage)(void);
	struct spdk_app_opts defaults;
	bool is_known;
	/* Texts of the defaults: those of the program may be gone when the help is asked for. */
	char mask_text[64];
	char rpc_text[64];
} g_usage;

static const char *g_mask;
static const char *g_rpc_addr;
const void *app_args_handed_out[2];

bool
app_args_gave_mask(const char *mask)
{
	return mask != NULL && mask == g_mask;
}

bool
app_args_gave_rpc_addr(const char *rpc_addr)
{
	return rpc_addr != NULL && rpc_addr == g_rpc_addr;
}

void
spdk_app_usage(void)
{
	struct spdk_app_opts defaults;

	app_opts_defaults(&defaults);
	app_usage_print(stdout, g_usage.is_known ? g_usage.name : "program",
			g_usage.is_known ? &g_usage.defaults : &defaults);
}

void
app_args_answer_help(void)
{
	spdk_app_usage();
	if (g_usage.usage != NULL) {
		g_usage.usage();
	}
}

static void
note_usage(const char *program, const struct spdk_app_opts *opts, size_t opts_size,
	   void (*usage)(void))
{
	app_opts_defaults(&g_usage.defaults);
	memcpy(&g_usage.defaults, opts, opts_size);
	if (opts->reactor_mask != NULL) {
		snprintf(g_usage.mask_text, sizeof(g_usage.mask_text), "%s", opts->reactor_mask);
		g_usage.defaults.reactor_mask = g_usage.mask_text;
	}
	if (opts->rpc_addr != NULL) {
		snprintf(g_usage.rpc_text, sizeof(g_usage.rpc_text), "%s", opts->rpc_addr);
		g_usage.defaults.rpc_addr = g_usage.rpc_text;
	}
	snprintf(g_usage.name, sizeof(g_usage.name), "%s", program);
	g_usage.usage = usage;
	g_usage.is_known = true;
}

static int
check_program(const struct program *program)
{
	for (const char *letter = program->letters; *letter != '\0'; letter++) {
		if (*letter != ':' && strchr(SPDK_APP_GETOPT_STRING, *letter) != NULL) {
			SPDK_ERRLOG("The program's option -%c clashes with the one that every "
				    "application has. Give it a letter that is not in \"%s\".\n",
				    *letter, SPDK_APP_GETOPT_STRING);
			return -EINVAL;
		}
	}
	if ((program->letters[0] != '\0' || program->names != NULL) && program->parse == NULL) {
		SPDK_ERRLOG("The program has options of its own and no function for them: give "
			    "spdk_app_parse_args() a parse function.\n");
		return -EINVAL;
	}
	return 0;
}

static size_t
count_names(const struct option *names)
{
	size_t count = 0;

	while (names != NULL && names[count].name != NULL) {
		count++;
	}
	return count;
}

static bool
has_name(const struct option *names, const char *name)
{
	for (; names != NULL && names->name != NULL; names++) {
		if (strcmp(names->name, name) == 0) {
			return true;
		}
	}
	return false;
}

static void
merge_names(struct merged_options *merged, const struct program *program)
{
	for (size_t i = 0; i < app_options_count; i++) {
		const struct app_option *option = &app_options[i];
		bool is_taken = has_name(program->names, option->name);

		if (is_taken && app_option_is_addition(option)) {
			continue;
		}
		if (is_taken) {
			SPDK_WARNLOG("The program's option --%s is never reached: every "
				     "application has one of that name.\n",
				     option->name);
		}
		merged->names[merged->own_count++] = (struct option){
			.name = option->name,
			.has_arg = option->value_name != NULL ? required_argument : no_argument,
			.val = OWN_VALUE + (int)i,
		};
	}
}

static int
merge_options(struct merged_options *out_merged, const struct program *program)
{
	size_t names_count = count_names(program->names);
	struct merged_options merged = {0};

	/* The colon in front makes getopt tell a missing value from an unknown option. */
	merged.letters = spdk_sprintf_alloc(":%s%s", SPDK_APP_GETOPT_STRING, program->letters);
	merged.names = calloc(app_options_count + names_count + 1, sizeof(*merged.names));
	if (merged.letters == NULL || merged.names == NULL) {
		SPDK_ERRLOG("No memory to read the command line.\n");
		free(merged.letters);
		free(merged.names);
		return -ENOMEM;
	}
	merge_names(&merged, program);
	for (size_t i = 0; i < names_count; i++) {
		merged.names[merged.own_count + i] = program->names[i];
	}
	*out_merged = merged;
	return 0;
}

/* The long options that begin as `word` does. One alone would have been taken for what is meant. */
static void
candidates(const struct option *names, const char *word, char *text, size_t size)
{
	size_t len = strcspn(word, "=");
	size_t used = 0;

	text[0] = '\0';
	for (; names->name != NULL; names++) {
		if (strncmp(names->name, word, len) == 0 && used < size) {
			used += (size_t)snprintf(text + used, size - used, " --%s", names->name);
		}
	}
}

/* Whether `word` is a long option with that `val`, and not the one before a faulty letter. */
static bool
is_name_of(const struct merged_options *merged, const char *word, int value)
{
	const struct option *name;
	size_t len = strcspn(word, "=");

	for (name = merged->names; name->name != NULL; name++) {
		if (name->val == value && len > 2 && strncmp(word, "--", 2) == 0 &&
		    strncmp(name->name, word + 2, len - 2) == 0) {
			return true;
		}
	}
	return false;
}

/* `found` is what getopt_long() returned: '?' or ':'. */
static void
explain_word(const struct merged_options *merged, const char *word, int found)
{
	char text[256];

	if (optopt != 0 && optopt < OWN_VALUE && !is_name_of(merged, word, optopt)) {
		SPDK_ERRLOG(found == ':' ? "-%c wants a value. -h shows the options there are.\n" :
					   "-%c is no option. -h shows the options there are.\n",
			    isprint(optopt) ? optopt : '?');
		return;
	}
	if (found == ':') {
		SPDK_ERRLOG("%s wants a value. -h shows the options there are.\n", word);
		return;
	}
	if (optopt != 0) {
		SPDK_ERRLOG("\"%s\": this option takes no value.\n", word);
		return;
	}
	candidates(merged->names, word + 2, text, sizeof(text));
	if (text[0] != '\0') {
		SPDK_ERRLOG("\"%s\" may mean any of:%s. Write it in full.\n", word, text);
	} else {
		SPDK_ERRLOG("\"%s\" is no option. -h shows the options there are.\n", word);
	}
}

static int
apply_own(struct app_args *args, const struct app_option *option, const char *value)
{
	char text[64];

	if (option->offset + option->size > args->opts->opts_size) {
		SPDK_ERRLOG("%s is not known to this program: it was compiled against older "
			    "headers. Compile it anew.\n",
			    app_option_text(option, text, sizeof(text)));
		return -EINVAL;
	}
	return option->apply(args, option, value);
}

static int
apply_program(const struct program *program, const char *name, int found)
{
	char letter[2] = {(char)found, '\0'};
	int rc;

	rc = program->parse(found, optarg);
	if (rc != 0) {
		SPDK_ERRLOG("%s%s%s%s: the program does not accept that (%d).\n",
			    name != NULL ? "--" : "-", name != NULL ? name : letter,
			    optarg != NULL ? " " : "", optarg != NULL ? optarg : "", rc);
		return -EINVAL;
	}
	return 0;
}

/* One option that getopt_long() has found; `index` is its place in the long ones, or -1. */
static int
apply_found(struct app_args *args, const struct program *program,
	    const struct merged_options *merged, int found, int index)
{
	const struct app_option *option;

	if (index >= 0 && (size_t)index < merged->own_count) {
		return apply_own(args, &app_options[found - OWN_VALUE], optarg);
	}
	option = app_option_by_letter(found);
	if (option != NULL && option->value_name != NULL && optarg == NULL) {
		SPDK_ERRLOG("The program's option --%s is another name for -%c and must take a "
			    "value.\n",
			    merged->names[index].name, found);
		return -EINVAL;
	}
	if (option != NULL) {
		return apply_own(args, option, optarg);
	}
	return apply_program(program, index >= 0 ? merged->names[index].name : NULL, found);
}

static int
read_line(struct app_args *args, const struct program *program, const struct merged_options *merged,
	  int argc, char **argv)
{
	int found, index, rc;

	/* Makes getopt forget what it has read before, and begin with argv[1]. */
	optind = 0;
	opterr = 0;
	while (!args->is_answered) {
		index = -1;
		optopt = 0;
		found = getopt_long(argc, argv, merged->letters, merged->names, &index);
		if (found == -1) {
			break;
		}
		if (found == '?' || found == ':') {
			explain_word(merged, argv[optind - 1], found);
			return -EINVAL;
		}
		rc = apply_found(args, program, merged, found, index);
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

static int
check_together(const struct app_args *args)
{
	if (args->has_wait_for_rpc && args->has_no_rpc_server) {
		SPDK_ERRLOG("--wait-for-rpc with --no-rpc-server would wait for ever. Use one of "
			    "the two.\n");
		return -EINVAL;
	}
	return 0;
}

/* Takes back what would be lost: the program does not look at opts after a failure or -h. */
static void
withdraw(struct app_args *args)
{
	struct spdk_app_opts *opts = args->opts;

	if (args->addresses != NULL && opts->pci_blocked == args->addresses) {
		opts->pci_blocked = args->addresses_before;
		opts->num_pci_addr = args->addresses_before_count;
	} else if (args->addresses != NULL) {
		opts->pci_allowed = args->addresses_before;
		opts->num_pci_addr = args->addresses_before_count;
	}
	free(args->addresses);
	if (args->rpc_allowlist != NULL) {
		opts->rpc_allowlist = (const char **)args->rpc_allowlist_before;
	}
	spdk_strarray_free(args->rpc_allowlist);
}

static void
settle(struct app_args *args)
{
	g_mask = args->mask;
	g_rpc_addr = args->rpc_addr;
	app_args_handed_out[0] = args->addresses;
	app_args_handed_out[1] = args->rpc_allowlist;
	if (args->has_rest) {
		spindle_reactors_set_rest(&args->rest);
	}
	if (args->has_rpc_server) {
		/* Each value was looked at when it was read. */
		(void)spindle_rpc_set_server_opts(&args->rpc_server);
	}
}

static spdk_app_parse_args_rvals_t
parse(struct app_args *args, const struct program *program, int argc, char **argv)
{
	struct merged_options merged;
	int rc;

	if (check_program(program) != 0 || merge_options(&merged, program) != 0) {
		return SPDK_APP_PARSE_ARGS_FAIL;
	}
	rc = read_line(args, program, &merged, argc, argv);
	free(merged.letters);
	free(merged.names);
	if (rc == 0 && !args->is_answered) {
		rc = check_together(args);
	}
	if (rc != 0 || args->is_answered) {
		withdraw(args);
		return rc != 0 ? SPDK_APP_PARSE_ARGS_FAIL : SPDK_APP_PARSE_ARGS_HELP;
	}
	settle(args);
	return SPDK_APP_PARSE_ARGS_SUCCESS;
}

spdk_app_parse_args_rvals_t
spdk_app_parse_args(int argc, char **argv, struct spdk_app_opts *opts, const char *getopt_str,
		    const struct option *app_long_opts, int (*parse_fn)(int ch, char *arg),
		    void (*usage)(void))
{
	struct program program = {
		.letters = getopt_str != NULL ? getopt_str : "",
		.names = app_long_opts,
		.parse = parse_fn,
	};
	struct app_args args = {
		.opts = opts,
		.rest = {.size = sizeof(args.rest)},
		.rpc_server = {.size = sizeof(args.rpc_server)},
	};
	size_t size = app_opts_known_size(opts, __func__);

	if (size == 0) {
		return SPDK_APP_PARSE_ARGS_FAIL;
	}
	if (argc < 1 || argv == NULL || argv[0] == NULL) {
		SPDK_ERRLOG("argv has no name of the program. Give spdk_app_parse_args() argc and "
			    "argv as main() got them.\n");
		return SPDK_APP_PARSE_ARGS_FAIL;
	}
	/* Colons in front are getopt's, and ours is there already. */
	program.letters += strspn(program.letters, ":");
	note_usage(argv[0], opts, size, usage);
	spindle_reactors_get_rest(&args.rest);
	spindle_rpc_get_server_opts(&args.rpc_server);
	return parse(&args, &program, argc, argv);
}
