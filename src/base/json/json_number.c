/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Numbers as integers, exactly: no floating point is involved.
 *
 * A number is its digits, those of the fraction after those before it, and a decimal point that
 * stands somewhere between, before or behind them: 12.5e3 has the digits 125 and the point after
 * five of them. It is whole if all digits behind the point are zeros, and its value is what stands
 * before it, filled up with zeros.
 */
#include "base/json/json_internal.h"

#include "spdk/util.h"

/* More than any text has digits, so a larger exponent changes nothing. */
#define EXPONENT_MAX (INT64_C(1) << 40)

struct decimal {
	bool is_negative;
	/* The digits, and among them perhaps a '.'. */
	const char *digits;
	const char *end;
	/* How many digits, counted from the first, stand before the decimal point. */
	int64_t point;
};

/* The end of the digits that begin at `at`. */
static const char *
skip_digits(const char *at, const char *end)
{
	while (at != end && *at >= '0' && *at <= '9') {
		at++;
	}
	return at;
}

/* An exponent without its 'e'. */
static int
parse_exponent(const char *at, const char *end, int64_t *out_exponent)
{
	bool is_negative = false;
	int64_t exponent = 0;

	if (at != end && (*at == '+' || *at == '-')) {
		is_negative = *at++ == '-';
	}
	if (at == end || skip_digits(at, end) != end) {
		return -EINVAL;
	}
	for (; at != end; at++) {
		exponent = spdk_min(exponent * 10 + (*at - '0'), EXPONENT_MAX);
	}
	*out_exponent = is_negative ? -exponent : exponent;
	return 0;
}

/* Values that a program has made by hand may have any text, so that it is checked here again. */
static int
parse_decimal(const struct spdk_json_val *val, struct decimal *out_decimal)
{
	struct decimal decimal = {0};
	const char *at, *end, *first;
	int64_t exponent = 0;
	int rc = 0;

	if (val == NULL || val->type != SPDK_JSON_VAL_NUMBER || val->start == NULL) {
		return -EINVAL;
	}
	at = val->start;
	end = at + val->len;
	if (at != end && *at == '-') {
		decimal.is_negative = true;
		at++;
	}
	decimal.digits = at;
	at = skip_digits(at, end);
	decimal.point = at - decimal.digits;
	if (decimal.point == 0) {
		return -EINVAL;
	}
	if (at != end && *at == '.') {
		first = at + 1;
		at = skip_digits(first, end);
		rc = at == first ? -EINVAL : 0;
	}
	decimal.end = at;
	if (at != end) {
		rc = (*at | 0x20) != 'e' || rc != 0 ? -EINVAL :
						      parse_exponent(at + 1, end, &exponent);
	}
	if (rc == 0) {
		decimal.point += exponent;
		*out_decimal = decimal;
	}
	return rc;
}

/* Puts a digit behind those of *value. */
static int
append_digit(uint64_t *value, uint64_t digit)
{
	if (__builtin_mul_overflow(*value, 10, value) ||
	    __builtin_add_overflow(*value, digit, value)) {
		return -ERANGE;
	}
	return 0;
}

/* The absolute value, if it is whole and fits. */
static int
magnitude(const struct decimal *decimal, uint64_t *out_value)
{
	int64_t index = 0;
	uint64_t value = 0;
	const char *at;

	for (at = decimal->digits; at != decimal->end; at++) {
		if (*at == '.') {
			continue;
		}
		if (index++ >= decimal->point) {
			if (*at != '0') {
				return -ERANGE;
			}
		} else if (append_digit(&value, (uint64_t)(*at - '0')) != 0) {
			return -ERANGE;
		}
	}
	/* Zeros up to the point; a value other than 0 is too large before long. */
	for (; value != 0 && index < decimal->point; index++) {
		if (append_digit(&value, 0) != 0) {
			return -ERANGE;
		}
	}
	*out_value = value;
	return 0;
}

/* A number that is neither negative, but for -0, nor larger than `largest`. */
static int
to_unsigned(const struct spdk_json_val *val, uint64_t largest, uint64_t *out_value)
{
	struct decimal decimal;
	uint64_t value;
	int rc;

	rc = parse_decimal(val, &decimal);
	if (rc == 0) {
		rc = magnitude(&decimal, &value);
	}
	if (rc != 0) {
		return rc;
	}
	if (value > largest || (decimal.is_negative && value != 0)) {
		return -ERANGE;
	}
	*out_value = value;
	return 0;
}

int
spdk_json_number_to_uint8(const struct spdk_json_val *val, uint8_t *num)
{
	uint64_t value;
	int rc = to_unsigned(val, UINT8_MAX, &value);

	if (rc == 0) {
		*num = (uint8_t)value;
	}
	return rc;
}

int
spdk_json_number_to_uint16(const struct spdk_json_val *val, uint16_t *num)
{
	uint64_t value;
	int rc = to_unsigned(val, UINT16_MAX, &value);

	if (rc == 0) {
		*num = (uint16_t)value;
	}
	return rc;
}

int
spdk_json_number_to_int32(const struct spdk_json_val *val, int32_t *num)
{
	struct decimal decimal;
	uint64_t value;
	int rc;

	rc = parse_decimal(val, &decimal);
	if (rc == 0) {
		rc = magnitude(&decimal, &value);
	}
	if (rc != 0) {
		return rc;
	}
	if (value > (uint64_t)INT32_MAX + (decimal.is_negative ? 1 : 0)) {
		return -ERANGE;
	}
	*num = (int32_t)(decimal.is_negative ? -(int64_t)value : (int64_t)value);
	return 0;
}

int
spdk_json_number_to_uint32(const struct spdk_json_val *val, uint32_t *num)
{
	uint64_t value;
	int rc = to_unsigned(val, UINT32_MAX, &value);

	if (rc == 0) {
		*num = (uint32_t)value;
	}
	return rc;
}

int
spdk_json_number_to_uint64(const struct spdk_json_val *val, uint64_t *num)
{
	return to_unsigned(val, UINT64_MAX, num);
}
