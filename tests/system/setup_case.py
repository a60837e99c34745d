# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of setup.sh have in common."""
import unittest

from fake_machine import Machine

A = '0000:01:00.0'
B = '0000:02:00.0'
BRIDGE = '0x060400'
NETWORK = '0x020000'


class SetupTest(unittest.TestCase):
    def setUp(self):
        self.machine = Machine()
        self.addCleanup(self.machine.close)

    def run_setup(self, *arguments, expect=0, **variables):
        status, output = self.machine.run(*arguments, **variables)
        self.assertEqual(status, expect, output)
        return output

    def assert_driver(self, address, driver):
        self.assertEqual(self.machine.driver_of(address), driver)

    def assert_refused(self, reason, address=A, arguments=(A,), **variables):
        """config says why, and does nothing at all."""
        before = self.machine.snapshot()
        output = self.run_setup('config', *arguments, expect=1, **variables)
        self.assertIn(f'{address} (1b36 0010): not taken: ', output)
        self.assertIn(reason, output)
        self.assertEqual(self.machine.snapshot(), before)
