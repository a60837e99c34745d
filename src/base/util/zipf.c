/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Zipf's distribution by rejection-inversion (W. Hoermann and G. Derflinger, 'Rejection-inversion
 * to generate variates from monotone discrete distributions', 1996). It is exact for every exponent
 * and needs no sum over the range: a source of 2^64 numbers is made as fast as one of ten.
 *
 * The weight of number k, counted from 1, is h(k) = k^-theta. Its integral H is a smooth stand-in
 * for the sum of weights: a number u, uniform between H at both ends of the range, is inverted to x
 * and rounded to k. That hits k in proportion to the area of H from k - 1/2 to k + 1/2, a little
 * more than h(k), for h is convex; what is too much is rejected.
 */
#include "spdk/zipf.h"

#include "spdk/util.h"

/* Below, log1p(x) / x and expm1(x) / x are their own limit, as doubles go. */
#define SERIES_LIMIT 1e-8

struct spdk_zipf {
	uint64_t range;
	uint64_t random_state;
	double theta;
	/* H at the ends of the range; see sample_number(). */
	double integral_first;
	double integral_last;
	/* What lies so close below k needs no look at its weight. */
	double sure_distance;
};

/* log1p(x) / x, and (e^x - 1) / x, both 1 at 0. */
static double
log1p_by_x(double x)
{
	return fabs(x) > SERIES_LIMIT ? log1p(x) / x : 1 - x / 2;
}

static double
expm1_by_x(double x)
{
	return fabs(x) > SERIES_LIMIT ? expm1(x) / x : 1 + x / 2;
}

/* h(x) = x^-theta */
static double
weight(const struct spdk_zipf *zipf, double x)
{
	return exp(-zipf->theta * log(x));
}

/* H(x) = (x^(1 - theta) - 1) / (1 - theta), which is log(x) for theta 1. */
static double
integral(const struct spdk_zipf *zipf, double x)
{
	double log_x = log(x);

	return expm1_by_x((1 - zipf->theta) * log_x) * log_x;
}

/* The x whose H(x) is `area`. */
static double
integral_inverse(const struct spdk_zipf *zipf, double area)
{
	double t = area * (1 - zipf->theta);

	/* Rounding may carry it past the pole, which is at infinity. */
	if (t < -1) {
		t = -1;
	}
	return exp(log1p_by_x(t) * area);
}

struct spdk_zipf *
spdk_zipf_create(uint64_t range, double theta, uint32_t seed)
{
	struct spdk_zipf *zipf;

	if (range == 0 || !isfinite(theta) || theta < 0) {
		return NULL;
	}
	zipf = calloc(1, sizeof(*zipf));
	if (zipf == NULL) {
		return NULL;
	}
	zipf->range = range;
	zipf->theta = theta;
	/* Seeds that differ in one bit must not begin alike, and no state may be 0: this maps
	 * numbers one to one, and only 0 to 0. */
	zipf->random_state = ((uint64_t)seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
	/* Number 1 gets the area that is exactly its weight, so it is never rejected. */
	zipf->integral_first = integral(zipf, 1.5) - 1;
	zipf->integral_last = integral(zipf, (double)range + 0.5);
	zipf->sure_distance = 2 - integral_inverse(zipf, integral(zipf, 2.5) - weight(zipf, 2));
	return zipf;
}

void
spdk_zipf_free(struct spdk_zipf **zipfp)
{
	if (zipfp != NULL) {
		free(*zipfp);
		*zipfp = NULL;
	}
}

/* Uniform in [0, 1), of the 53 bits that a double holds. */
static double
uniform(struct spdk_zipf *zipf)
{
	return (double)(spdk_rand_xorshift64(&zipf->random_state) >> 11) * 0x1p-53;
}

/* Gives a number from 1, or 0 when it was rejected. */
static uint64_t
sample_number(struct spdk_zipf *zipf)
{
	double area, x, k, spread = zipf->integral_first - zipf->integral_last;

	area = zipf->integral_last + uniform(zipf) * spread;
	x = integral_inverse(zipf, area);
	k = floor(x + 0.5);
	if (k < 1) {
		k = 1;
	}
	/* A double cannot tell the largest of 2^64 numbers from its neighbours. */
	if (k >= (double)zipf->range) {
		k = (double)zipf->range;
	}
	if (k - x > zipf->sure_distance && area < integral(zipf, k + 0.5) - weight(zipf, k)) {
		return 0;
	}
	return k >= (double)zipf->range ? zipf->range : (uint64_t)k;
}

uint64_t
spdk_zipf_generate(struct spdk_zipf *zipf)
{
	uint64_t number;

	/* About one in fifty is rejected at worst, each independently of those before. */
	do {
		number = sample_number(zipf);
	} while (number == 0);
	return number - 1;
}
