#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tidy.py on planted violations: each rule finds its own, and the ratchet may only fall."""
import os
import tempfile
import unittest

import tidy

SPDX = '/* SPDX-License-Identifier: BSD-3-Clause */\n'


def function(body, parameters='void', name='planted'):
    return f'{SPDX}static int\n{name}({parameters})\n{{\n{body}}}\n'


class TidyTest(unittest.TestCase):
    def problems(self, files):
        with tempfile.TemporaryDirectory() as root:
            for path, text in files.items():
                full = os.path.join(root, path)
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, 'w', encoding='utf-8') as out:
                    out.write(text)
            checker = tidy.Tidy(root)
            self.assertEqual(checker.run(), sum(not path.endswith('.txt') for path in files))
            return checker.problems

    def assert_found(self, rule, text, path='src/base/log/planted.c'):
        problems = self.problems({path: text})
        self.assertEqual(len(problems), 1, problems)
        self.assertIn(f': {rule}: ', problems[0])
        self.assertTrue(problems[0].startswith(path + ':'), problems[0])
        return problems[0]

    def assert_clean(self, text, path='src/base/log/planted.c'):
        self.assertEqual(self.problems({path: text}), [])

    def test_spdx(self):
        self.assert_found('spdx', 'int planted;\n')
        self.assert_found('spdx', '#!/bin/sh\ntrue\n', 'scripts/planted.sh')
        self.assert_clean(SPDX + 'int planted;\n')

    def test_file_lines(self):
        self.assert_found('file-lines', SPDX + 'int i;\n' * 1000)
        self.assert_clean(SPDX + 'int i;\n' * 999)

    def test_function_lines(self):
        self.assert_found('function-lines', function('\tcall();\n' * 71))
        self.assert_clean(function('\tcall();\n' * 70))

    def test_line_length_counts_tabs_as_eight(self):
        self.assert_found('line-length', f'{SPDX}\t/* {"a" * 87} */\n')
        self.assert_clean(f'{SPDX}\t/* {"a" * 86} */\n')

    def test_nesting(self):
        levels = '\tif (a) {\n\tfor (;;) {\n\tTAILQ_FOREACH(a, b, c) {\n'
        self.assert_found('nesting', function(levels + '\tif (b) {\n\t}\n\t}\n\t}\n\t}\n'))
        self.assert_clean(function(levels + '\t}\n\t}\n\t}\n'))

    def test_initialisers_and_literals_do_not_nest(self):
        self.assert_clean(function('\tif (a) {\n\tfor (;;) {\n\tdo {\n\tint x[] = {1};\n'
                                   '\tcall((struct s){.a = {1}});\n\tcall("{{{{");\n'
                                   '\t}\n\t}\n\t}\n'))

    def test_parameters(self):
        six = 'int a, int b, int c, int d, int e, int f'
        self.assert_found('parameters', function('', six))
        self.assert_clean(function('', 'int a, int b, int c, int d, int (*e)(int, int)'))
        # The public interface is not ours to choose.
        self.assert_clean(function('', six, 'spdk_planted'))
        # Nor is a macro that stands before a function a part of it.
        self.assert_clean(function('', 'int a, int b').replace(
            SPDX, SPDX + 'MACRO("a", b, c, d, "e")\n\n'))

    def test_banned_calls_name_the_replacement(self):
        self.assertLessEqual({'strcpy', 'sprintf', 'atoi', 'gets'}, set(tidy.BANNED))
        for name, cure in tidy.BANNED.items():
            self.assertIn(cure, self.assert_found('banned-call', function(f'\t{name}(a);\n')))
        for name in tidy.BANNED_IN_LIBRARIES:
            self.assert_found('banned-call', function(f'\t{name}(a);\n'))
            self.assert_clean(function(f'\t{name}(a);\n'), 'examples/planted.c')

    def test_what_only_looks_like_a_call(self):
        self.assert_clean(function('\tops->strcpy(a); /* strcpy(a) */\n'
                                   '\tmy_strcpy("strcpy(a)");\n'))

    def test_bare_minus_one(self):
        self.assert_found('bare-minus-one', function('\treturn -1;\n'))
        self.assert_clean(function('\treturn -1;\n'), 'src/base/log/planted_test.c')
        self.assert_clean(function('\treturn -10;\n'))

    def test_unfinished(self):
        self.assert_found('unfinished', SPDX + '/* TO' + 'DO: all of it. */\n')
        self.assert_found('unfinished', '# SPDX-License-Identifier: BSD-3-Clause\n# FIX' + 'ME\n',
                          'scripts/planted.py')

    def test_banner(self):
        self.assert_found('banner', SPDX + '/* ------ */\n')

    def test_platform_ifdef(self):
        text = SPDX + '#if defined(__linux__)\n#endif\n'
        self.assert_found('platform-ifdef', text)
        self.assert_clean(text, 'src/env/posix/planted.c')

    def test_include_c(self):
        self.assert_found('include-c', SPDX + '#include "other.c"\n')

    def ratchet(self, value, lines):
        return self.problems({'src/base/planted.c': function('\tcall();\n' * lines),
                              tidy.RATCHET: f'function-lines src/base/planted.c:planted {value}\n'})

    def test_ratchet_lets_pass_exactly_what_it_says(self):
        self.assertEqual(self.ratchet(80, 80), [])
        self.assertIn('function-lines', self.ratchet(80, 81)[0])

    def test_ratchet_must_shrink(self):
        self.assertIn('write 75', self.ratchet(80, 75)[0])
        self.assertIn('remove the line', self.ratchet(80, 70)[0])

    def test_ratchet_that_cannot_be_read(self):
        files = {'src/base/planted.c': SPDX, tidy.RATCHET: 'no-such-rule src/base/planted.c 1\n'}
        self.assertEqual(len(self.problems(files)), 1)


if __name__ == '__main__':
    unittest.main()
