"""What ops/fuzz-api keeps of a run, and what it asks beside schemathesis. No server."""

import pathlib
import socket
import sys
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "ops"))

import drape_fuzz_portions as portions  # noqa: E402
import drape_fuzz_raw as raw  # noqa: E402

DOCUMENT = {
    "paths": {
        "/things/{id}": {
            "put": {
                "operationId": "reviseThing", "security": [{"bearer": []}], "x-roles": ["keeper"], "responses": {"200": {}, "400": {}},
                "parameters": [{"name": "id", "in": "path", "required": True, "example": "a/b"},
                               {"name": "limit", "in": "query", "example": 1},
                               {"name": "If-Match", "in": "header", "required": True, "example": '"3"'}],
                "requestBody": {"content": {"application/json": {"example": {"name": "x", "sizes": ["S"]}, "schema": {}}}},
            },
            "delete": {"operationId": "removeThing", "security": [{"bearer": []}], "responses": {"200": {}}, "parameters": [{"$ref": "#/id"}]},
        },
        "/things": {"get": {"operationId": "listThings", "security": [{}, {"bearer": []}], "responses": {"200": {}}}},
    },
    "id": {"name": "id", "in": "path", "required": True, "example": "a/b"},
}


def described(**asker):
    return {asked.id: asked for asked in raw.described(DOCUMENT, raw.Asker(**{"role": "keeper", **asker}))}


class Portions(unittest.TestCase):
    def test_a_run_goes_on_with_what_has_not_passed_with_as_many_examples(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "kept"
            self.assertEqual(portions.read(file), [])
            counted = [["reviseThing", "fuzzing", 200, 9], ["removeThing", "fuzzing", 500, 1]]
            portions.keep(file, portions.notes(["reviseThing", "removeThing"], "keeper", counted, 1, {"removeThing"}, 10, 1))
            file.write_text(file.read_text() + '{"operation": "cut o')
            kept = portions.read(file)
        wanted = portions.operations(DOCUMENT)
        self.assertEqual(wanted, ["reviseThing", "removeThing", "listThings"])
        self.assertEqual(portions.to_ask(wanted, kept, "keeper", 10), ["removeThing", "listThings"])
        self.assertEqual(portions.to_ask(wanted, kept, "keeper", 11), wanted)
        self.assertEqual(portions.to_ask(wanted, kept, "guest", 10), wanted)

    def test_portions_are_of_a_size_or_all_at_once(self):
        self.assertEqual(portions.portions([1, 2, 3], 2), [[1, 2], [3]])
        self.assertEqual(portions.portions([1, 2, 3], None), [[1, 2, 3]])
        self.assertEqual(portions.portions([], None), [])
        self.assertEqual(portions.portions([1, 2, 3], None, {1}), [[2, 3], [1]])

    def test_an_operation_passes_only_if_nothing_was_found_and_it_ended(self):
        def verdicts(counted, code, found=()):
            return [note["verdict"] for note in portions.notes(["a", "b"], "keeper", counted, code, set(found), 10, 1)]

        self.assertEqual(verdicts([["a", "fuzzing", 200, 1]], 0), ["passed", "passed"])
        self.assertEqual(verdicts([["a", "fuzzing", 503, 1]], 0), ["found", "passed"])
        self.assertEqual(verdicts([["a", "fuzzing", 0, 1]], 0), ["found", "passed"])
        self.assertEqual(verdicts([], 1, ["b"]), ["passed", "found"])
        self.assertEqual(verdicts([], 1), ["unclear", "unclear"])
        self.assertEqual(verdicts([], None), ["stopped", "stopped"])

    def test_what_was_found_is_read_from_its_headings(self):
        said = "= FAILURES =\n____ PUT /things/{id} ____\n1. Test Case ID: x\n____ Stateful tests ____\n PUT /things\n"
        self.assertEqual(portions.named(said, DOCUMENT), {"reviseThing"})

    def test_the_table_tells_the_last_run_of_each(self):
        first = portions.notes(["a"], "keeper", [["a", "coverage", 200, 3], ["a", "fuzzing", 200, 10]], 0, {"a"}, 10, 1)
        last = portions.notes(["a"], "keeper", [["a", "coverage", 200, 4], ["a", "fuzzing", 400, 20]], 0, set(), 20, 1)
        self.assertIn("found", portions.table(first))
        told = portions.table([*first, *last, *portions.notes(["b"], "guest", [], None, set(), 20, 1)]).splitlines()
        self.assertEqual([line.split() for line in told], [["operation", "keeper", "guest"], ["a", "24", "(20)", "–"], ["b", "–", "0", "(0)", "stopped"]])


class Raw(unittest.TestCase):
    def test_one_thing_is_broken_at_a_time_and_all_else_is_the_example(self):
        revise = described()["reviseThing"]
        asked = list(raw.requests(revise))
        self.assertEqual((asked[0].target, asked[0].headers[0], asked[0].body), (b"/things/a%2Fb", (b"If-Match", b"*"), b'{"name": "x", "sizes": ["S"]}'))
        targets = {request.target for request in asked}
        self.assertLessEqual({b"/things/%FF", b"/things/%00", b"/things/a%2Fb?limit=%C0%AF", b"/things/a%2Fb?limit=" + b"9" * 40, b"/things/\xff"}, targets)
        bodies = {request.body for request in asked}
        self.assertLessEqual({b"{", b'{"name": "\\ud800", "sizes": ["S"]}', b'{"name": "x", "sizes": [1e999]}', b'"\\u0000"', b"\xff\xfe\xfd"}, bodies)
        headers = {header for request in asked for header in request.headers}
        self.assertLessEqual({(b"If-Match", b"\xff\xfe"), (b"Content-Type", b"application/json; charset=utf-16"), (b"Cookie", b"a\x00b")}, headers)

    def test_headers_that_are_read_everywhere_are_broken_in_turn(self):
        listing = described()["listThings"]
        whole, first, second = (len(list(raw.requests(listing, turn))) for turn in (None, 0, 1))
        self.assertEqual(first, second)
        self.assertGreater(whole, 5 * first)
        values = {header for turn in range(30) for request in raw.requests(listing, turn) for header in request.headers}
        self.assertLessEqual({(b"Origin", value) for value in raw.HEADERS}, values)

    def test_a_short_run_asks_a_share_of_each_operation_and_all_of_four_of_them(self):
        whole = list(range(103))
        shares = [raw.some(iter(whole), turn) for turn in range(4)]
        self.assertEqual(raw.some(iter(whole), None), whole)
        self.assertEqual(sorted({number for share in shares for number in share}), whole)
        self.assertTrue(all(share[0] == 0 and len(share) < 30 for share in shares))

    def test_what_is_there_is_asked_for_and_what_is_taken_away_is_not(self):
        there = described(made={"/things/{id}": "seven"})
        self.assertEqual(there["reviseThing"].target(), b"/things/seven")
        self.assertEqual(there["removeThing"].target(), b"/things/a%2Fb")

    def test_a_role_asks_what_is_for_it(self):
        there = described()
        may = {role: {name for name, asked in there.items() if asked.may(role)} for role in ("anonymous", "person", "keeper")}
        self.assertEqual(may, {"anonymous": {"listThings"}, "person": {"removeThing", "listThings"}, "keeper": set(there)})

    def test_an_answer_is_one_of_the_documents_and_a_refusal_is_a_problem(self):
        request = raw.Request("listThings", "", b"GET", b"/things", [], None)
        broken = request._replace(broken=True)
        problem = raw.Answer(400, "application/problem+json", b"{}")
        for asked, answer, is_wrong in [
            (request, raw.Answer(200, "application/json", b""), False), (request, problem, False), (broken, raw.Answer(400, "", b""), False), (broken, None, False),
            (request, None, True), (request, raw.Answer(503, "application/problem+json", b"{}"), True), (request, raw.Answer(400, "text/plain", b"x"), True),
            (request, raw.Answer(400, "", b""), True), (request, raw.Answer(418, "application/problem+json", b"{}"), True),
        ]:
            self.assertEqual(bool(raw.wrong(asked, answer, {"200", "400", "503"})), is_wrong, (asked, answer))

    def test_forms_break_in_every_way(self):
        kinds = {what: body for what, _, body in raw.forms(["picture"])}
        self.assertIn(b'name="\xff"', kinds["a name that is no UTF-8"])
        self.assertNotIn(b"--b--", kinds["cut off"])

    def test_bytes_are_sent_as_they_are_and_the_answer_is_read_to_its_end(self):
        heard = []
        with socket.create_server(("127.0.0.1", 0)) as server:
            def answer():
                connection, _ = server.accept()
                with connection:
                    heard.append(connection.recv(65_536))
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\n\r\n{")
                    connection.sendall(b"}")
            thread = threading.Thread(target=answer)
            thread.start()
            request = raw.Request("listThings", "", b"GET", b"/things?a=\xff", [(b"Cookie", b"a\x00b")], b"x")
            got = raw.send(server.getsockname(), raw.written(request, "here", "token"))
            thread.join()
        self.assertEqual(got, raw.Answer(400, "application/problem+json", b"{}"))
        self.assertTrue(heard[0].startswith(b"GET /things?a=\xff HTTP/1.1\r\nHost: here\r\n"))
        self.assertIn(b"\r\nCookie: a\x00b\r\nAuthorization: Bearer token\r\n", heard[0])
        self.assertTrue(heard[0].endswith(b"Content-Length: 1\r\n\r\nx"))


if __name__ == "__main__":
    unittest.main()
