#!/usr/bin/env python3
"""A web server that does what the tests of the transport need.

  http_server.py DIR [--tls CERT KEY] [--redirect URL] [--via HOST:PORT] [--ipv6]

Serves DIR on a free port of the loopback and prints "listening PORT", then a line a request. With --redirect every path
is answered with URL (or "self") and the path; with --via it is a proxy that goes to HOST:PORT whatever it is asked for.
"""
import argparse
import http.client
import http.server
import selectors
import socket
import ssl


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *unused):
        pass

    def do_GET(self):
        print("GET", self.path, flush=True)
        if options.redirect:
            self.send_response(302)
            to = options.redirect
            if to == "self":
                to = f"http://127.0.0.1:{server.server_port}"
            self.send_header("Location", to + self.path)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif options.via:
            self.pass_on()
        else:
            super().do_GET()

    def pass_on(self):
        path = "/" + self.path.split("://", 1)[-1].split("/", 1)[-1]
        upstream = http.client.HTTPConnection(options.via)
        upstream.request("GET", path)
        answer = upstream.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_CONNECT(self):
        print("CONNECT", self.path, flush=True)
        host, port = options.via.split(":")
        with socket.create_connection((host, int(port))) as upstream:
            self.send_response(200)
            self.end_headers()
            other = {self.connection: upstream, upstream: self.connection}
            ready = selectors.DefaultSelector()
            for side in other:
                ready.register(side, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    data = key.fileobj.recv(65536)
                    if not data:
                        self.close_connection = True
                        return
                    other[key.fileobj].sendall(data)


parser = argparse.ArgumentParser()
parser.add_argument("dir")
parser.add_argument("--tls", nargs=2)
parser.add_argument("--redirect")
parser.add_argument("--via")
parser.add_argument("--ipv6", action="store_true")
options = parser.parse_args()
if options.ipv6:
    http.server.ThreadingHTTPServer.address_family = socket.AF_INET6
server = http.server.ThreadingHTTPServer(
    ("::1" if options.ipv6 else "127.0.0.1", 0), lambda *given: Handler(*given, directory=options.dir))
server.daemon_threads = True
if options.tls:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*options.tls)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print("listening", server.server_port, flush=True)
server.serve_forever()
