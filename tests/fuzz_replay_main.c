/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Makes an ordinary test of a fuzz target: feeds each file of the corpus directories named on the
 * command line to LLVMFuzzerTestOneInput(), so that every build keeps what fuzzing once found. A
 * directory without files fails, because a corpus that got lost would otherwise look like a good
 * run.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input is copied to memory of exactly its size, so that AddressSanitizer sees a read behind
 * it. */
static int
replay_open_file(FILE *file, size_t size)
{
	uint8_t *data = malloc(size);

	if (data == NULL && size > 0) {
		return -ENOMEM;
	}
	if (fread(data, 1, size, file) != size) {
		free(data);
		return -EIO;
	}
	(void)LLVMFuzzerTestOneInput(data, size); /* always 0 by libFuzzer's contract */
	free(data);
	return 0;
}

static int
replay_file(const char *path, size_t size)
{
	FILE *file = fopen(path, "rb");
	int rc;

	if (file == NULL) {
		rc = -errno;
	} else {
		rc = replay_open_file(file, size);
		fclose(file);
	}
	if (rc != 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(-rc));
	}
	return rc;
}

/* The number of files replayed, or -errno. */
static int
replay_directory(const char *directory)
{
	struct dirent *entry;
	struct stat status;
	char path[4096];
	DIR *dir = opendir(directory);
	int count = 0;
	int rc = 0;

	if (dir == NULL) {
		rc = -errno;
		fprintf(stderr, "%s: %s\n", directory, strerror(errno));
		return rc;
	}
	while (rc == 0 && (entry = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		if (stat(path, &status) != 0 || !S_ISREG(status.st_mode)) {
			continue;
		}
		/* Printed before it runs, so that a crash names its input. */
		printf("%s\n", path);
		fflush(stdout);
		rc = replay_file(path, (size_t)status.st_size);
		count++;
	}
	closedir(dir);
	return rc < 0 ? rc : count;
}

int
main(int argc, char **argv)
{
	int count;

	if (argc < 2) {
		fprintf(stderr, "usage: %s CORPUS-DIRECTORY...\n", argv[0]);
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		count = replay_directory(argv[i]);
		if (count < 0) {
			return 1;
		}
		if (count == 0) {
			fprintf(stderr, "%s: no file to replay\n", argv[i]);
			return 1;
		}
	}
	return 0;
}
