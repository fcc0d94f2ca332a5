#!/usr/bin/python3
"""A person's small browser. It listens on a port of loopback, one line a connection: "open URL" opens one more window and answers
"opened" when its page is there; anything else is the body of an asynchronous function in JavaScript, called in every window, and the
answer is what each returned."""
import sys
import gi
gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import Gio, GLib, Gtk, WebKit2

views = []


def open_window(url, answer):
    view, window = WebKit2.WebView(), Gtk.Window()

    def changed(_, event):
        if event == WebKit2.LoadEvent.FINISHED:
            answer("opened")

    view.connect("load-changed", changed)
    view.connect("web-process-terminated", lambda _, reason: print("web process:", reason.value_nick, flush=True))
    window.add(view)
    window.show_all()
    view.load_uri(url)
    views.append(view)


def call(body, answer):
    answers = dict.fromkeys(views)

    def returned(view, result):
        try:
            answers[view] = view.call_async_javascript_function_finish(result).to_string()
        except GLib.Error as error:
            answers[view] = error.message
        if all(answers.values()):
            answer(" ".join(answers.values()))

    if not views:
        answer("no window")
    for view in views:
        view.call_async_javascript_function(body, -1, None, None, None, None, returned)


def asked(_, connection, __):
    lines = Gio.DataInputStream.new(connection.get_input_stream())

    def answer(text):
        connection.get_output_stream().write_all((text + "\n").encode(), None)
        connection.close(None)

    def got(_, result):
        line = lines.read_line_finish_utf8(result)[0]
        open_window(line[5:], answer) if line.startswith("open ") else call(line, answer)

    lines.read_line_async(GLib.PRIORITY_DEFAULT, None, got)
    return True


server = Gio.SocketService()
server.add_inet_port(int(sys.argv[1]), None)
server.connect("incoming", asked)
Gtk.main()
