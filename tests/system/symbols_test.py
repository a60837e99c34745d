#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""symbols_test.py -- CC...: the symbol tests, run on planted libraries, find what is wrong."""
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
MERGE = os.path.join(HERE, '..', '..', 'scripts', 'merge_archives.sh')
COMPILER = []
VERSION_SCRIPT = 'PLANTED_0 {\nglobal:\n\tspdk_*;\nlocal:\n\t*;\n};\n'
LOWER = 'int lower_helper(void) { return 1; }\nint spdk_lower(void) { return lower_helper(); }\n'
UPPER = ('int lower_helper(void);\nint upper_state;\n'
         '__attribute__((constructor)) static void construct(void) { upper_state = 1; }\n'
         'int spdk_upper(void) { return lower_helper() + upper_state; }\n')


class SymbolsTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.script = self.write('planted.map', VERSION_SCRIPT)

    def path(self, name):
        return os.path.join(self.directory.name, name)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), 'w', encoding='utf-8') as out:
            out.write(text)
        return self.path(name)

    def run_ok(self, *command):
        subprocess.run(command, check=True)

    def archive(self, name, text):
        source = self.write(name + '.c', text)
        self.run_ok(*COMPILER, '-fPIC', '-w', '-c', '-o', self.path(name + '.o'), source)
        self.run_ok('ar', 'rcs', self.path(name + '.a'), self.path(name + '.o'))
        return self.path(name + '.a')

    def check(self, script, *arguments):
        """The exit status and what was printed."""
        result = subprocess.run([sys.executable, os.path.join(HERE, script), *arguments, '--',
                                 *COMPILER], text=True, capture_output=True)
        return result.returncode, result.stdout + result.stderr

    def test_layers_link_upwards(self):
        status, text = self.check('layer_link.py', self.archive('lower', LOWER),
                                  self.archive('upper', UPPER))
        self.assertEqual(status, 0, text)

    def test_layer_that_calls_up_fails(self):
        status, text = self.check('layer_link.py', self.archive('upper', UPPER),
                                  self.archive('lower', LOWER))
        self.assertEqual(status, 1)
        self.assertIn('upper.a needs lower_helper, which is defined above it, in lower.a', text)

    def shared(self, text, *options):
        source = self.write('shared.c', text)
        self.run_ok(*COMPILER, '-fPIC', '-shared', '-w', *options, '-o', self.path('shared.so'),
                    source)
        self.write('include/spdk/lower.h', 'int spdk_lower(void);\n'
                   'static inline int spdk_inline(void) { return 1; }\n')
        return self.check('shared_exports.py', self.script, self.path('shared.so'),
                          self.path('include'))

    def test_exports(self):
        status, text = self.shared(LOWER, '-Wl,--version-script=' + self.script)
        self.assertEqual(status, 0, text)

    def test_internal_name_that_is_exported_fails(self):
        status, text = self.shared(LOWER)
        self.assertEqual(status, 1)
        self.assertIn('lower_helper is exported', text)

    def test_declared_function_that_is_missing_fails(self):
        if 'clang' in COMPILER[-1]:
            self.skipTest('-aux-info is gcc')
        status, text = self.shared('int spdk_other(void) { return 1; }\n')
        self.assertEqual(status, 1)
        self.assertIn('spdk_lower() is declared in spdk/lower.h', text)

    def merged(self, keep):
        layers = [self.archive('lower', LOWER), self.archive('upper', UPPER)]
        merge_script = self.write('merge.map', VERSION_SCRIPT.replace('spdk_*;', keep))
        self.run_ok('sh', MERGE, merge_script, 'objcopy', 'ar', self.path('merged.a'), *layers,
                    '--', *COMPILER)
        return layers

    def test_merged_archive(self):
        layers = self.merged('spdk_*;')
        status, text = self.check('static_symbols.py', self.script, self.path('merged.a'), *layers)
        self.assertEqual(status, 0, text)
        self.assertIn('2 public names, 2 internal names hidden', text)

    def test_merged_archive_keeps_constructors(self):
        self.merged('spdk_*;')
        source = self.write('main.c', 'int spdk_upper(void);\n'
                            'int main(void) { return spdk_upper() != 2; }\n')
        self.run_ok(*COMPILER, '-o', self.path('main'), source, self.path('merged.a'))
        self.run_ok(self.path('main'))

    def test_internal_name_that_is_global_fails(self):
        layers = self.merged('spdk_*;\n\tlower_*;')
        status, text = self.check('static_symbols.py', self.script, self.path('merged.a'), *layers)
        self.assertEqual(status, 1)
        self.assertIn('lower_helper is global', text)
        self.assertIn('multiple definition', text)

    def test_lost_constructor_fails(self):
        layers = self.merged('spdk_*;')
        object_path = self.path('stripped.o')
        self.run_ok('ar', 'x', '--output', self.directory.name, self.path('merged.a'))
        self.run_ok('objcopy', '--remove-section=.init_array', self.path('merged.o'), object_path)
        self.run_ok('ar', 'rcs', self.path('stripped.a'), object_path)
        status, text = self.check('static_symbols.py', self.script, self.path('stripped.a'),
                                  *layers)
        self.assertEqual(status, 1)
        self.assertIn('.init_array holds 0 bytes', text)


if __name__ == '__main__':
    COMPILER = sys.argv[sys.argv.index('--') + 1:]
    unittest.main(argv=sys.argv[:1])
