#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""spindle_rpc_test.py PROGRAM: what `spindle rpc` sends, prints and ends with, against a server of
the test's own."""
import json
import os
import pty
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from fake_rpc_server import FakeServer, RpcError

PROGRAM = sys.argv[1]

DESCRIPTIONS = [
    {'name': 'bdev_create', 'summary': 'makes a block device', 'startup': False, 'runtime': True,
     'params': [
         {'name': 'name', 'type': 'string', 'required': True, 'description': 'its name'},
         {'name': 'num_blocks', 'type': 'uint64', 'required': True, 'description': ''},
         {'name': 'mode', 'type': 'enum:mode', 'required': False, 'description': 'how',
          'values': ['fast', 'full', '5f']},
         {'name': 'readonly', 'type': 'boolean', 'required': False, 'description': ''},
         {'name': 'address', 'type': 'object', 'required': False, 'description': '',
          'members': [{'name': 'port', 'type': 'string', 'required': True, 'description': ''},
                      {'name': 'number', 'type': 'uint16', 'required': False,
                       'description': ''}]}]},
    {'name': 'bdev_list', 'summary': '', 'startup': False, 'runtime': True, 'params': []},
    {'name': 'bdev_ls', 'summary': '', 'startup': False, 'runtime': True,
     'alias_of': 'bdev_list', 'params': []},
    {'name': 'start_options', 'summary': 's', 'startup': True, 'runtime': False, 'params': None},
]


def run(*args, text=None, address=None, timeout=30):
    env = {name: value for name, value in os.environ.items() if name != 'SPINDLE_RPC_ADDR'}
    if address:
        env['SPINDLE_RPC_ADDR'] = address
    return subprocess.run([PROGRAM, *args], input=text, capture_output=True, text=True, env=env,
                          timeout=timeout, check=False)


class RpcTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.server = FakeServer(os.path.join(self.folder.name, 'sock'))
        self.server.methods['echo'] = lambda params: params
        self.server.methods['fail'] = self.fail_method
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)

    @staticmethod
    def fail_method(params):
        raise RpcError(-17, 'File exists')

    @staticmethod
    def unknown_method(params):
        raise RpcError(-32601, "None. Did you mean 'bdev_list'?")

    def describe(self):
        self.server.methods['spindle_get_methods'] = lambda params: DESCRIPTIONS
        for name in ('bdev_create', 'bdev_list'):
            self.server.methods[name] = lambda params: True

    def file(self, name, text):
        path = os.path.join(self.folder.name, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def rpc(self, *args, text=None):
        return run('rpc', *args, text=text, address=self.server.address)

    def sent(self, *args, text=None):
        """The parameters of the last call."""
        result = self.rpc(*args, text=text)
        self.assertEqual(result.returncode, 0, result.stderr)
        return self.server.calls()[-1][1]


class Params(RpcTest):
    def test_values_are_json_or_else_strings(self):
        params = self.sent('echo', 'a=5', 'b=text', 'c="5"', 'd=true', 'e=null', 'f=[1, "x"]',
                           'g={"h":1}', 'i=', 'j=a=b', 'k=-1.5e3', 'l=5 6', 'm="open', 'n=\u00e9"')
        self.assertEqual(params, {'a': 5, 'b': 'text', 'c': '5', 'd': True, 'e': None,
                                  'f': [1, 'x'], 'g': {'h': 1}, 'i': '', 'j': 'a=b', 'k': -1500.0,
                                  'l': '5 6', 'm': '"open', 'n': '\u00e9"'})

    def test_large_numbers_are_sent_as_they_are(self):
        self.assertEqual(self.sent('echo', 'a=18446744073709551615'), {'a': 2**64 - 1})

    def test_nested_keys_meet_in_one_object(self):
        params = self.sent('echo', 'a.b=1', 'c=2', 'a.d.e=x')
        self.assertEqual(params, {'a': {'b': 1, 'd': {'e': 'x'}}, 'c': 2})

    def test_a_parameter_that_is_a_string_stays_one(self):
        self.describe()
        params = self.sent('bdev_create', 'name=5', 'num_blocks=5', 'mode=5', 'readonly=true',
                           'address.port=4420', 'address.number=7', 'other=8')
        self.assertEqual(params, {'name': '5', 'num_blocks': 5, 'mode': '5', 'readonly': True,
                                  'address': {'port': '4420', 'number': 7}, 'other': 8})
        self.assertEqual(self.sent('bdev_create', 'name="5"'), {'name': '5'})
        self.assertEqual(self.sent('bdev_create', 'name:=5'), {'name': 5})

    def test_the_server_is_asked_only_when_it_matters(self):
        self.describe()
        self.sent('bdev_create', 'name=x', 'mode="5"')
        self.assertEqual([request['method'] for request in self.server.requests], ['bdev_create'])

    def test_all_parameters_at_once(self):
        self.assertEqual(self.sent('echo', '{"a": [1, {}], /* c */ "b": "x"}'),
                         {'a': [1, {}], 'b': 'x'})
        self.assertEqual(self.sent('echo', '[1,2]'), [1, 2])
        self.assertEqual(self.sent('echo', '-', text='{"a":\n 1}\n'), {'a': 1})

    def test_no_parameters_are_left_out(self):
        self.sent('echo')
        self.assertNotIn('params', self.server.requests[-1])

    def test_what_is_wrong_is_named_and_nothing_is_called(self):
        for words, message in (
                (['a'], "echo: 'a': not KEY=VALUE"),
                (['=5'], "'=5': a value without a key"),
                (['a=1', 'a=2'], "'a=2': this parameter has a value already"),
                (['a.b=1', 'a=2'], "'a=2': this parameter has a value already"),
                (['a=1', 'a.b=2'], "'a.b=2': this parameter has a value already"),
                (['a..b=1'], 'a part of the key is empty'),
                (['a.=1'], 'a part of the key is empty'),
                (['a:=x'], "what follows ':=' is no JSON"),
                (['{"a":1'], 'parameters:1:7: the JSON ends too early'),
                (['{"a":x}'], 'parameters:1:6: this is no JSON'),
                (['[1] 2'], 'this is no JSON')):
            result = self.rpc('echo', *words)
            self.assertEqual(result.returncode, 2, words)
            self.assertIn(message, result.stderr)
            self.assertEqual(result.stderr.count('\n'), 1)
        result = self.rpc('echo', '-', text='5')
        self.assertIn('standard input: parameters are an object or an array', result.stderr)
        self.assertEqual(self.server.calls(), [])


class Output(RpcTest):
    LIST = [{'name': 'Null0', 'blocks': 8, 'uuid': None, 'more': {'x': 1}},
            {'name': 'Malloc-\u00e90', 'blocks': 1024, 'extra': 'y', 'more': []}]
    TABLE = ('name       blocks  uuid  extra\n'
             'Null0           8     -  -\n'
             'Malloc-\u00e90    1024     -  y\n'
             '(not shown: more; --json shows all)\n')

    def test_json_is_printed_for_programs(self):
        self.server.methods['list'] = lambda params: self.LIST
        result = self.rpc('list')
        self.assertEqual(json.loads(result.stdout), self.LIST)
        self.assertIn('\n  {\n    "name": "Null0",\n', result.stdout)
        self.assertEqual(result.stderr, '')

    def test_a_table_is_printed_when_asked_for(self):
        self.server.methods['list'] = lambda params: self.LIST
        self.assertEqual(self.rpc('--table', 'list').stdout, self.TABLE)
        self.server.methods['list'] = lambda params: {'tick_rate': 5, 'none': [],
                                                      'bdevs': self.LIST}
        self.assertEqual(self.rpc('--table', 'list').stdout, self.TABLE)

    def test_what_is_no_table_stays_json(self):
        for value in ([], [1], [{}], 'x', None, True, {'a': [{'b': 1}], 'c': [{'d': 1}]},
                      [{'a': {}}], [{'a': 1}, 2]):
            self.server.methods['value'] = lambda params, value=value: value
            self.assertEqual(json.loads(self.rpc('--table', 'value').stdout), value)

    def test_what_would_control_a_terminal_is_not_printed(self):
        self.server.methods['list'] = lambda params: [{'a': 'x\x1b[31m\ny'}]
        self.assertEqual(self.rpc('--table', 'list').stdout, 'a\nx?[31m?y\n')

    def test_a_terminal_gets_a_table_and_json_when_asked_for(self):
        self.server.methods['list'] = lambda params: [{'a': 1, 'b': 'x'}]
        self.assertEqual(self.on_terminal('list'), 'a  b\r\n1  x\r\n')
        self.assertIn('"a": 1', self.on_terminal('--json', 'list'))

    def on_terminal(self, *args):
        ours, theirs = pty.openpty()
        subprocess.run([PROGRAM, 'rpc', '-s', self.server.address, *args], stdout=theirs,
                       timeout=30, check=True)
        os.close(theirs)
        text = os.read(ours, 65536).decode()
        os.close(ours)
        return text

    def test_raw_is_the_reply_on_one_line(self):
        result = self.rpc('--raw', 'echo', '{"a": [1, 2]}')
        self.assertEqual(result.stdout, '{"jsonrpc":"2.0","id":1,"result":{"a":[1,2]}}\n')
        result = self.rpc('--raw', 'fail')
        self.assertEqual(result.stdout, '{"jsonrpc":"2.0","id":1,"error":{"code":-17,'
                                        '"message":"File exists"}}\n')
        self.assertEqual(result.returncode, 1)

    def test_a_full_disk_is_told(self):
        with open('/dev/full', 'w', encoding='utf-8') as full:
            result = subprocess.run([PROGRAM, 'rpc', '-s', self.server.address, 'echo'],
                                    stdout=full, stderr=subprocess.PIPE, text=True, timeout=30,
                                    check=False)
        self.assertEqual(result.returncode, 2)
        self.assertIn('cannot write to standard output: No space left', result.stderr)


class Status(RpcTest):
    def test_an_error_of_the_server_is_1(self):
        result = self.rpc('fail')
        self.assertEqual((result.returncode, result.stdout), (1, ''))
        self.assertEqual(result.stderr, 'fail: File exists (-17)\n')

    def test_an_unknown_method_is_1_with_the_nearest_name(self):
        self.describe()
        result = self.rpc('bdev_craete')
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stderr, "bdev_craete: Method not found (-32601); did you mean "
                                        "'bdev_create'?\n")
        self.assertNotIn('did you mean', self.rpc('something_else').stderr)
        self.server.methods['bdev_lst'] = self.unknown_method
        self.assertEqual(self.rpc('bdev_lst').stderr,
                         "bdev_lst: None. Did you mean 'bdev_list'? (-32601)\n")
        del self.server.methods['spindle_get_methods']
        self.server.methods['rpc_get_methods'] = lambda params: ['echo', 'fail']
        self.assertIn("did you mean 'echo'?", self.rpc('ech').stderr)

    def test_wrong_usage_is_2(self):
        for args in ([], ['--nonsense', 'x'], ['-t', 'long', 'echo'], ['-t', '-1', 'echo'],
                     ['--wait', 'nan', 'echo'], ['--list', 'a', 'b'], ['-f', 'x', 'echo'],
                     ['save-config', 'x'], ['load-config', 'x', 'y'], ['-s'],
                     ['load-config', '-f', 'x', 'y']):
            result = self.rpc(*args)
            self.assertEqual(result.returncode, 2, args)
            self.assertNotEqual(result.stderr, '')
        self.assertEqual(run('nonsense').returncode, 2)
        self.assertEqual(run().returncode, 2)
        self.assertEqual(self.server.requests, [])

    def test_no_server_is_3(self):
        result = run('rpc', '-s', self.folder.name + '/none', 'echo')
        self.assertEqual(result.returncode, 3)
        self.assertIn('/none: No such file or directory; is the application running',
                      result.stderr)
        self.assertEqual(result.stderr.count('\n'), 1)
        self.assertEqual(run('rpc', '-s', 'no.such.host.invalid:1', 'echo').returncode, 3)
        self.assertEqual(run('rpc', '-s', '127.0.0.1:x', 'echo').returncode, 3)
        with FakeServer() as server:
            address = server.address
        self.assertEqual(run('rpc', '-s', address, 'echo').returncode, 3)

    def test_no_answer_in_time_is_4(self):
        self.server.methods['slow'] = lambda params: time.sleep(0.5)
        result = self.rpc('-t', '0.1', 'slow')
        self.assertEqual(result.returncode, 4)
        self.assertIn('slow: no answer from', result.stderr)
        self.assertIn('within 0.1 s', result.stderr)

    def test_a_lost_connection_is_4(self):
        for reply, message in ((b'', 'has closed the connection\n'),
                               (b'{"id":1', 'has closed the connection within a response'),
                               (b'<html>', 'is no JSON-RPC response')):
            self.server.reply = reply
            result = self.rpc('echo')
            self.assertEqual(result.returncode, 4)
            self.assertIn(message, result.stderr)

    def test_a_server_that_ends_itself_as_told_is_0(self):
        def end(params):
            raise ConnectionError
        self.server.methods['spdk_kill_instance'] = end
        self.assertEqual(self.rpc('spdk_kill_instance', 'sig_name=SIGTERM').returncode, 0)

    def test_waiting_for_the_server(self):
        late = FakeServer(self.folder.name + '/late')
        late.methods['echo'] = lambda params: 'here'
        timer = threading.Timer(0.3, late.__enter__)
        timer.start()
        try:
            result = run('rpc', '-s', late.path, '--wait', '20', 'echo')
        finally:
            timer.join()
            late.__exit__()
        self.assertEqual((result.returncode, result.stdout), (0, '"here"\n'))
        result = run('rpc', '-s', self.folder.name + '/none', '--wait', '0.2', 'echo')
        self.assertEqual(result.returncode, 3)
        self.assertIn('within 0.2 s', result.stderr)

    def test_hosts_and_the_option_before_the_environment(self):
        with FakeServer() as server:
            server.methods['where'] = lambda params: 'tcp'
            port = server.address.split(':')[1]
            for address in (server.address, 'localhost:' + port):
                result = run('rpc', '-s', address, 'where', address=self.server.address)
                self.assertEqual((result.returncode, result.stdout), (0, '"tcp"\n'))


class Batch(RpcTest):
    LINES = ('# comment\n'
             '\n'
             'echo a=1 b="two words" c=\'{"d": "e"}\'\r\n'
             '  fail\n'
             'echo {\\"x\\":5}')

    def test_lines_are_calls_in_turn(self):
        result = self.rpc('-f', self.file('calls', self.LINES.replace('  fail\n', '')))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.server.calls(),
                         [('echo', {'a': 1, 'b': 'two words', 'c': {'d': 'e'}}),
                          ('echo', {'x': 5})])

    def test_the_first_error_ends_it_unless_told_otherwise(self):
        path = self.file('calls', self.LINES)
        result = self.rpc('-f', path)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stderr, f'{path}:4: fail: File exists (-17)\n')
        self.assertEqual(len(self.server.calls()), 2)
        result = self.rpc('-f', '-', '--keep-going', text=self.LINES)
        self.assertEqual(result.returncode, 1)
        self.assertIn('standard input:4: fail', result.stderr)
        self.assertEqual(len(self.server.calls()), 5)

    def test_a_mistake_anywhere_and_nothing_is_called(self):
        path = self.file('calls', 'echo\necho a=1\necho b\n')
        result = self.rpc('-f', path)
        self.assertEqual(result.returncode, 2)
        self.assertIn(f"{path}:3: 'b': not KEY=VALUE", result.stderr)
        self.assertEqual(self.rpc('-f', '-', text='echo -\n').returncode, 2)
        self.assertEqual(self.rpc('-f', '-', text='[{"method":"echo"},5]').returncode, 2)
        self.assertEqual(self.rpc('-f', '-', text='[{"method":"echo"}').returncode, 2)
        self.assertEqual(self.rpc('-f', '/nowhere').returncode, 2)
        self.assertEqual(self.server.calls(), [])

    def test_an_array_of_requests(self):
        result = self.rpc('-f', '-', text='[{"method":"echo","params":{"a":"\\u00e9"}},'
                                          '{"method":"echo","id":9}]')
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.server.calls(), [('echo', {'a': '\u00e9'}), ('echo', None)])

    def test_one_batch_has_all_answers_in_the_order_of_the_calls(self):
        self.server.methods['one'] = lambda params: 1
        self.server.methods['three'] = lambda params: 3
        result = self.rpc('-f', '-', '--batch', text='one\nfail\nthree\n')
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stdout, '1\n3\n')
        self.assertEqual(result.stderr, 'standard input:2: fail: File exists (-17)\n')
        self.assertEqual([request['id'] for request in self.server.requests[:3]], [2, 1, 0])
        result = self.rpc('-f', '-', '--batch', '--raw', text='one\n')
        self.assertEqual(result.stdout, '[{"jsonrpc":"2.0","id":0,"result":1}]\n')
        self.server.reply = b'[]'
        result = self.rpc('-f', '-', '--batch', text='one\n')
        self.assertIn('one: the server did not answer it', result.stderr)
        self.server.reply = b'{"id":null,"error":{"code":-32600,"message":"no batches"}}'
        result = self.rpc('-f', '-', '--batch', text='one\n')
        self.assertEqual((result.returncode, result.stderr), (1, 'batch: no batches (-32600)\n'))

    def test_an_empty_file_is_nothing_to_do(self):
        self.assertEqual(self.rpc('-f', '/dev/null').returncode, 0)
        self.assertEqual(self.rpc('-f', '-', '--batch', text='[]').returncode, 0)
        self.assertEqual(self.server.requests, [])


class Methods(RpcTest):
    def test_all_and_one_are_described(self):
        self.describe()
        text = self.rpc('--list').stdout
        self.assertIn('bdev_create  makes a block device\n'
                      '  name*  string: its name\n'
                      '  num_blocks*  uint64\n'
                      '  mode  enum:mode: how\n'
                      '      one of: fast, full, 5f\n', text)
        self.assertIn('    port*  string\n', text)
        self.assertIn('bdev_ls  (an old name of bdev_list)\n', text)
        self.assertIn('start_options  s (before the start only)\n'
                      '  (its parameters are not known)\n', text)
        self.assertEqual(self.rpc('--list', 'bdev_list').stdout, 'bdev_list\n')
        result = self.rpc('--list', 'bdev_lost')
        self.assertEqual(result.returncode, 1)
        self.assertIn("no method 'bdev_lost'; did you mean 'bdev_list'?", result.stderr)

    def test_other_servers_have_names(self):
        self.server.methods['rpc_get_methods'] = lambda params: ['echo', 'fail']
        self.assertEqual(self.rpc('--list').stdout, 'echo\nfail\n')
        del self.server.methods['rpc_get_methods']
        self.assertEqual(self.rpc('--list').returncode, 1)


class Config(RpcTest):
    """A server that goes from its start-up state to the one in which it runs."""

    def setUp(self):
        super().setUp()
        self.is_running = False
        self.config = {'bdev': [{'method': 'make', 'params': {'name': 'a'}}], 'sock': None}
        startup = ['options', 'framework_start_init', 'rpc_get_methods']
        runtime = ['make', 'fail', 'rpc_get_methods']

        def methods(params):
            if not params.get('current'):
                return sorted(set(startup + runtime))
            return runtime if self.is_running else startup

        def start(params):
            self.is_running = True
            return True

        self.server.methods.update({
            'rpc_get_methods': methods,
            'framework_start_init': start,
            'framework_get_subsystems': lambda params: [
                {'subsystem': 'sock', 'depends_on': []},
                {'subsystem': 'bdev', 'depends_on': ['sock']}],
            'framework_get_config': lambda params: self.config[params['name']],
            'options': lambda params: True,
            'make': lambda params: True,
        })
        self.saved = {'subsystems': [{'subsystem': 'sock', 'config': None},
                                     {'subsystem': 'bdev', 'config': self.config['bdev']}]}

    def load(self, *configs, **options):
        subsystems = [{'subsystem': f's{i}', 'config': config} for i, config in enumerate(configs)]
        return self.rpc('load-config', text=json.dumps({'subsystems': subsystems, **options}))

    def test_it_is_saved_to_a_file_as_a_whole(self):
        self.assertEqual(json.loads(self.rpc('save-config').stdout), self.saved)
        path = self.file('config', 'old')
        os.chmod(path, 0o640)
        link = path + '.link'
        os.symlink('config', link)
        result = self.rpc('save-config', '-f', link)
        self.assertEqual((result.returncode, result.stdout), (0, ''))
        with open(path, encoding='utf-8') as file:
            self.assertEqual(json.load(file), self.saved)
        self.assertTrue(os.path.islink(link))
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o640)
        self.assertEqual(sorted(os.listdir(self.folder.name)), ['config', 'config.link', 'sock'])

    def test_a_failure_leaves_the_old_file(self):
        path = self.file('config', 'old')
        self.server.methods['framework_get_config'] = self.fail_method
        result = self.rpc('save-config', '-f', path)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stderr, 'framework_get_config: File exists (-17)\n')
        with open(path, encoding='utf-8') as file:
            self.assertEqual(file.read(), 'old')
        self.assertEqual(self.rpc('save-config', '-f', '/nowhere/x').returncode, 1)
        self.server.methods['framework_get_config'] = lambda params: []
        result = self.rpc('save-config', '-f', '/nowhere/x')
        self.assertEqual(result.returncode, 2)
        self.assertIn('cannot write /nowhere/x: No such file', result.stderr)

    def test_what_is_no_file_is_written_to(self):
        # A pipe of the test's own: what a mistake would replace must not be the machine's.
        path = os.path.join(self.folder.name, 'pipe')
        os.mkfifo(path)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            self.assertEqual(self.rpc('save-config', '-f', path).returncode, 0)
            self.assertEqual(json.loads(os.read(reader, 65536)), self.saved)
        finally:
            os.close(reader)
        self.assertTrue(stat.S_ISFIFO(os.stat(path).st_mode))

    def test_a_link_that_leads_to_nothing_is_not_replaced(self):
        link = os.path.join(self.folder.name, 'link')
        os.symlink('none', link)
        result = self.rpc('save-config', '-f', link)
        self.assertEqual(result.returncode, 2)
        self.assertIn(f'cannot write {link}: No such file', result.stderr)
        self.assertTrue(os.path.islink(link))

    def test_loading_goes_over_the_start(self):
        result = self.load([{'method': 'make', 'params': {'name': 'a'}}],
                           [{'method': 'options'}, [{'method': 'make', 'params': {'name': 'b'}},
                                                    {'method': 'make', 'params': {'name': 'c'}}]],
                           None, [])
        self.assertEqual((result.returncode, result.stderr), (0, ''))
        self.assertEqual(self.server.calls(), [
            ('options', None), ('framework_start_init', None), ('make', {'name': 'a'}),
            ('make', {'name': 'b'}), ('make', {'name': 'c'})])

    def test_nothing_to_load_starts_what_waits(self):
        self.assertEqual(self.load().returncode, 0)
        self.assertTrue(self.is_running)
        self.assertEqual(self.load().returncode, 0)
        self.assertEqual(self.server.calls(), [('framework_start_init', None)])

    def test_it_is_checked_before_the_first_call(self):
        result = self.load([{'method': 'options'}], [{'method': 'make'}, {'method': 'mkae'}])
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stderr, "standard input: subsystems[1].config[1]: the server has "
                                        "no method 'mkae'; did you mean 'make'?\n")
        for text, message in (
                ('{"subsystems":[{"config":[{"method":"make"},{"x":1}]}]}',
                 'subsystems[0].config[1]: not an object with a "method"'),
                ('{"subsystems":[{"config":[[{"method":"make"},5]]}]}',
                 'subsystems[0].config[0]: not an object with a "method"'),
                ('{"subsystems":[{"config":5}]}', 'subsystems[0].config: neither an array'),
                ('{"subsystem":[]}', 'there is no array "subsystems"'),
                ('[]', 'there is no array "subsystems"'),
                ('{"subsystems":[\n}', 'standard input:2:1: this is no JSON')):
            result = self.rpc('load-config', text=text)
            self.assertEqual(result.returncode, 2, text)
            self.assertIn(message, result.stderr)
        self.assertEqual(self.server.calls(), [])

    def test_what_fails_is_named_and_what_is_left(self):
        result = self.load([{'method': 'options'}], [{'method': 'fail'}, {'method': 'make'}])
        self.assertEqual(result.returncode, 1)
        self.assertIn('standard input: subsystems[1].config[0]: fail: File exists (-17)\n'
                      'standard input: subsystems[1].config[1]: not done: what came before it '
                      'failed\n', result.stderr)

    def test_what_is_not_allowed_any_more_is_named(self):
        self.is_running = True
        path = self.file('config', '{"subsystems": [ // now\n{"config":[{"method":"options"}, '
                                   '{"method":"make"}]}]}')
        result = self.rpc('load-config', path)
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stderr, f'{path}: subsystems[0].config[0]: not done: the server '
                                        'does not allow it in its present state\n')
        self.assertEqual(self.server.calls(), [('make', None)])


class Complete(RpcTest):
    def offers(self, *words):
        result = self.rpc('--complete', *words)
        self.assertEqual((result.returncode, result.stderr), (0, ''))
        return result.stdout.split('\n')[:-1]

    def test_methods_keys_and_values(self):
        self.describe()
        self.assertEqual(self.offers('bdev_l'), ['bdev_list', 'bdev_ls'])
        self.assertEqual(self.offers('lo'), ['load-config'])
        self.assertEqual(self.offers('bdev_create', 'n'), ['name=', 'num_blocks='])
        self.assertEqual(self.offers('bdev_create', 'name=x', 'mode=f'), ['mode=fast', 'mode=full'])
        self.assertEqual(self.offers('bdev_create', 'readonly='),
                         ['readonly=true', 'readonly=false'])
        self.assertEqual(self.offers('bdev_create', 'a'), ['address.'])
        self.assertEqual(self.offers('bdev_create', 'address.p'), ['address.port='])
        self.assertEqual(self.offers('nonsense', ''), [])

    def test_options_and_the_address_among_them(self):
        self.assertEqual(self.offers('--t'), ['--timeout=', '--table'])
        self.assertEqual(self.offers('-s', ''), [])
        self.describe()
        self.assertEqual(self.offers('-t', '5', 'bdev_c'), ['bdev_create'])
        for option in (['-s', self.server.address], ['-s' + self.server.address],
                       ['--socket=' + self.server.address]):
            result = run('rpc', '--complete', *option, 'bdev_c', address='/nowhere')
            self.assertEqual(result.stdout, 'bdev_create\n')

    def test_nothing_is_said_without_a_server(self):
        result = run('rpc', '--complete', 'bdev_l', address='/nowhere/at/all')
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, '', ''))


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
