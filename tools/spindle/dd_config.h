/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SPINDLE_TOOL_DD_CONFIG_H
#define SPINDLE_TOOL_DD_CONFIG_H

/*
 * Makes a configuration of lines `METHOD [KEY=VALUE...]`, which the caller frees; unchanged for
 * none. STATUS_OK or, printed, STATUS_USAGE.
 */
int dd_config_from_calls(int count, char **lines, char **out_text);

#endif
