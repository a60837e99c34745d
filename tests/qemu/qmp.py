# SPDX-License-Identifier: BSD-3-Clause
"""QEMU's machine protocol: one JSON object a line, events between the answers."""
import json
import socket
import time

CONNECT_S = 20


class QmpError(Exception):
    pass


class Qmp:
    def __init__(self, path):
        self.events = []
        self.buffer = b''
        self.socket = self.connect(path)
        self.receive(time.monotonic() + CONNECT_S)
        self.execute('qmp_capabilities')

    @staticmethod
    def connect(path):
        deadline = time.monotonic() + CONNECT_S
        while True:
            channel = socket.socket(socket.AF_UNIX)
            try:
                channel.connect(path)
                return channel
            except OSError as error:
                channel.close()
                if time.monotonic() > deadline:
                    raise QmpError(f'no answer at {path}: {error}') from error
                time.sleep(0.02)

    def receive(self, deadline):
        while b'\n' not in self.buffer:
            self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                data = self.socket.recv(65536)
            except TimeoutError as error:
                raise QmpError('QEMU does not answer') from error
            if not data:
                raise QmpError('QEMU closed its monitor')
            self.buffer += data
        line, self.buffer = self.buffer.split(b'\n', 1)
        return json.loads(line)

    def execute(self, command, **arguments):
        """Sends a command; returns what it returns, or raises QmpError with what is wrong."""
        message = {'execute': command, 'arguments': arguments}
        self.socket.sendall(json.dumps(message).encode() + b'\n')
        deadline = time.monotonic() + CONNECT_S
        while True:
            answer = self.receive(deadline)
            if 'event' in answer:
                self.events.append(answer)
            elif 'error' in answer:
                raise QmpError(f"{command} {arguments}: {answer['error']['desc']}")
            elif 'return' in answer:
                return answer['return']

    def wait_event(self, name, timeout_s, **data):
        """Takes the next event of that name whose data has these members."""
        deadline = time.monotonic() + timeout_s
        while True:
            for event in self.events:
                if event['event'] == name and data.items() <= event.get('data', {}).items():
                    self.events.remove(event)
                    return event
            answer = self.receive(deadline)
            if 'event' in answer:
                self.events.append(answer)

    def close(self):
        self.socket.close()
