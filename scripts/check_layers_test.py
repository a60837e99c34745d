#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""check_layers.py on planted violations, and on what comes close to one."""
import os
import tempfile
import unittest

import check_layers

MESON = "subdir('base')\nsubdir('env')\nsubdir('runtime')\n"


class CheckLayersTest(unittest.TestCase):
    def problems(self, files):
        with tempfile.TemporaryDirectory() as root:
            for path, text in {'src/meson.build': MESON, **files}.items():
                full = os.path.join(root, path)
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, 'w', encoding='utf-8') as out:
                    out.write(text)
            checker = check_layers.Checker(root)
            checker.run()
            return checker.problems

    def assert_found(self, text, files):
        problems = self.problems(files)
        self.assertEqual(len(problems), 1, problems)
        self.assertIn(text, problems[0])

    def test_private_header_of_a_layer_above(self):
        self.assert_found('belongs to env above', {
            'src/env/env_internal.h': '',
            'src/base/log/log.c': '#include "env/env_internal.h"\n'})

    def test_private_header_of_a_layer_below(self):
        self.assertEqual(self.problems({
            'src/env/env_internal.h': '',
            'src/runtime/thread/poll.c': '#include "env/env_internal.h"\n'}), [])

    def test_public_header_of_a_layer_above(self):
        for spelling in ('"spdk/thread.h"', '<spdk/thread.h>'):
            self.assert_found('belongs to runtime above', {
                'src/env/posix/memory.c': f'#include {spelling}\n'})

    def test_public_header_of_a_layer_below(self):
        self.assertEqual(self.problems({
            'src/env/posix/memory.c': '#include "spdk/log.h"\n#include <stdio.h>\n'}), [])

    def test_public_header_of_a_layer_that_is_not_built(self):
        self.assert_found('belongs to io above', {
            'src/runtime/thread/poll.c': '#include "spdk/bdev.h"\n'})

    def test_public_header_of_no_layer(self):
        self.assert_found('PUBLIC_HEADERS', {
            'src/runtime/thread/poll.c': '#include "spdk/no_such_thing.h"\n'})
        self.assert_found('PUBLIC_HEADERS', {'include/spdk/no_such_thing.h': ''})

    def test_upward_include_among_public_headers(self):
        self.assert_found('belongs to runtime above', {
            'include/spdk/log.h': '#include "spdk/thread.h"\n'})

    def test_public_header_includes_a_private_one(self):
        self.assert_found('private', {
            'src/env/env_internal.h': '',
            'include/spdk/thread.h': '#include "../../src/env/env_internal.h"\n'})

    def test_private_header_of_another_component(self):
        files = {'src/runtime/thread/thread_internal.h': '',
                 'src/runtime/planted/planted.c': '#include "runtime/thread/thread_internal.h"\n',
                 'src/runtime/thread/poll.c': '#include "thread_internal.h"\n'}
        self.assert_found('COMPONENT_USES', files)
        check_layers.COMPONENT_USES['runtime/planted'] = ('runtime/thread',)
        try:
            self.assertEqual(self.problems(files), [])
        finally:
            del check_layers.COMPONENT_USES['runtime/planted']

    def test_private_header_of_a_component_below(self):
        self.assert_found('COMPONENT_USES', {
            'src/base/planted/planted_internal.h': '',
            'src/runtime/thread/poll.c': '#include "base/planted/planted_internal.h"\n'})

    def test_modules_of_a_kind_are_components_of_their_own(self):
        files = {'src/meson.build': "subdir('modules')\n",
                 'src/modules/bdev/answer.h': '',
                 'src/modules/bdev/one/one.h': '',
                 'src/modules/bdev/one/one.c': '#include "one.h"\n'
                                               '#include "modules/bdev/answer.h"\n'}
        self.assertEqual(self.problems(files), [])
        self.assert_found('modules/bdev/two includes the private one.h of modules/bdev/one', {
            **files, 'src/modules/bdev/two/two.c': '#include "modules/bdev/one/one.h"\n'})

    def test_rpc_headers(self):
        files = {'src/meson.build': "subdir('control')\nsubdir('io')\n"}
        self.assert_found('_rpc.c', {**files, 'src/io/bdev/bdev.c': '#include "spdk/rpc.h"\n'})
        self.assertEqual(self.problems(
            {**files, 'src/io/bdev/bdev_rpc.c': '#include "spdk/rpc.h"\n'}), [])

    def test_banned_calls_name_the_replacement(self):
        self.assertLessEqual({'clock_gettime', 'pthread_create', 'epoll_wait', 'mmap', 'rand'},
                             set(check_layers.banned_calls('runtime')))
        self.assertLessEqual({'clock_gettime', 'pthread_create'},
                             set(check_layers.banned_calls('base')))
        for layer in ('base', 'runtime'):
            for name, cure in check_layers.banned_calls(layer).items():
                self.assert_found(f'use {cure}', {
                    f'src/{layer}/planted/planted.c': f'void f(void)\n{{\n\t{name}(0);\n}}\n'})

    def test_env_and_tests_may_call_the_machine(self):
        text = 'void f(void)\n{\n\tmmap(0);\n\tpthread_create(0);\n}\n'
        self.assertEqual(self.problems({'src/env/posix/memory.c': text,
                                        'src/runtime/thread/thread_test.c': text}), [])

    def test_what_only_looks_like_a_call(self):
        self.assertEqual(self.problems({
            'src/runtime/thread/poll.c':
                '/* mmap(0) */ int f(void) { return ops->poll(x_poll(0)); }\n'}), [])

    def test_no_layers(self):
        self.assert_found('no layer', {'src/meson.build': '\n'})


if __name__ == '__main__':
    unittest.main()
