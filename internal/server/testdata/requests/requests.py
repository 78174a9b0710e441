"""What the programs of the tests use of the package requests, on top of urllib.

Only for machines that do not have the package: it sends what requests would send.
"""
import json
import urllib.parse
import urllib.request


class Response:
    def __init__(self, status_code, text):
        self.status_code = status_code
        self.text = text

    def json(self):
        return json.loads(self.text)


def _send(method, url, data, headers):
    headers = dict(headers or {})
    if isinstance(data, dict):
        data = urllib.parse.urlencode(data)
        headers.setdefault('Content-Type', 'application/x-www-form-urlencoded')
    request = urllib.request.Request(url, data=data.encode(), headers=headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return Response(answer.status, answer.read().decode())
    except urllib.error.HTTPError as refused:
        return Response(refused.code, refused.read().decode())


def post(url, data=None, headers=None):
    return _send('POST', url, data, headers)


def put(url, data=None, headers=None):
    return _send('PUT', url, data, headers)
