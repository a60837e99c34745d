# SPDX-License-Identifier: BSD-3-Clause
"""A JSON-RPC server for tests of clients: methods are Python functions of their parameters, which
return a result or raise RpcError. It keeps what it was sent."""
import contextlib
import json
import os
import socket
import threading


class RpcError(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message


class FakeServer:
    """Serves while it is entered, at a path or, with none, at a port of the kernel's choice."""

    def __init__(self, path=None):
        self.path = path
        self.methods = {}
        self.requests = []
        self.reply = None
        self.listener = None
        self.thread = None
        self.connections = []

    def __enter__(self):
        if self.path:
            self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.listener.bind(self.path)
        else:
            self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            self.listener.bind(('127.0.0.1', 0))
        self.listener.listen(8)
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()
        if self.path:
            os.unlink(self.path)

    @property
    def address(self):
        return self.path or f'127.0.0.1:{self.listener.getsockname()[1]}'

    def calls(self):
        """What was asked, without what the client asks for itself."""
        own = ('spindle_get_methods', 'rpc_get_methods')
        return [(request['method'], request.get('params')) for request in self.requests
                if request['method'] not in own]

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            # A client may go at any time.
            with connection, contextlib.suppress(OSError):
                self.talk(connection)

    def talk(self, connection):
        text = ''
        while True:
            data = connection.recv(65536)
            if not data:
                return
            text = (text + data.decode()).lstrip()
            while text:
                try:
                    request, end = json.JSONDecoder().raw_decode(text)
                except ValueError:
                    break
                text = text[end:].lstrip()
                if not self.answer(connection, request):
                    return

    def answer(self, connection, request):
        """Whether to go on."""
        if self.reply is not None:
            connection.sendall(self.reply)
            return False
        if isinstance(request, list):
            # In the reverse order, which is allowed.
            response = [self.one(item) for item in reversed(request)]
        else:
            response = self.one(request)
        if response is None:
            return False
        connection.sendall((json.dumps(response) + '\n').encode())
        return True

    def one(self, request):
        self.requests.append(request)
        answer = {'jsonrpc': '2.0', 'id': request.get('id')}
        method = self.methods.get(request['method'])
        try:
            if method is None:
                raise RpcError(-32601, 'Method not found')
            answer['result'] = method(request.get('params') or {})
        except RpcError as error:
            answer['error'] = {'code': error.code, 'message': error.message}
        except ConnectionError:
            return None
        return answer
