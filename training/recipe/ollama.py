"""Real Ollama with the model of a GGUF, asked as the product asks it."""
import hashlib
import json
import os
import subprocess
import time
import urllib.error
import urllib.request

TEMPLATE = """<|bos|>{{ range .Messages }}{{ if eq .Role "assistant" }}<|act|>{{ .Content }}<|end|>{{ else }}{{ .Content }}
{{ end }}{{ end }}<|act|>"""


class Ollama:
    """A server of our own, on a port of its own, for the length of a with block."""

    def __init__(self, binary, folder, port, threads):
        self.binary, self.folder, self.base, self.threads = binary, folder, f"http://127.0.0.1:{port}", threads

    def __enter__(self):
        env = {**os.environ, "OLLAMA_HOST": self.base[7:], "OLLAMA_MODELS": self.folder, "HOME": self.folder, "OLLAMA_NO_CLOUD": "1"}
        for name in ("LD_PRELOAD", "MALLOC_CONF", "OMP_WAIT_POLICY"):
            env.pop(name, None)
        self.log = open(self.folder + ".log", "w")
        self.process = subprocess.Popen([self.binary, "serve"], env=env, stdout=self.log, stderr=self.log)
        for _ in range(100):
            try:
                return urllib.request.urlopen(self.base + "/api/version").close() or self
            except urllib.error.URLError:
                time.sleep(0.1)
        raise RuntimeError("Ollama did not start")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.log.close()

    def post(self, path, body):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(self.base + path, data)) as r:
                return r.read()
        except urllib.error.HTTPError as e:
            text = e.read().decode()
            raise (TooLong if "exceeds the context length" in text else RuntimeError)(f"{path}: {e}: {text}") from e

    def create(self, name, gguf, template=TEMPLATE, stop="<|end|>"):
        with open(gguf, "rb") as f:
            data = f.read()
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        try:
            urllib.request.urlopen(urllib.request.Request(f"{self.base}/api/blobs/{digest}", method="HEAD")).close()
        except urllib.error.HTTPError:
            self.post("/api/blobs/" + digest, data)
        return self.post("/api/create", {"model": name, "files": {"little.gguf": digest}, "template": template, "stream": False,
                                         "parameters": {"stop": [stop], "temperature": 0}})

    def answer(self, name, turn):
        messages = [{"role": "system", "content": turn["system"]}]
        messages += [{"role": "user", "content": t} for t in (turn.get("past"), turn["page"]) if t]
        return json.loads(self.post("/api/chat", {"model": name, "messages": messages, "format": turn["schema"], "stream": False, "truncate": False, "logprobs": True,
                                                  "options": {"temperature": 0, "num_predict": 80, "num_ctx": 2048, "num_thread": self.threads}}))


class TooLong(RuntimeError):
    """A page that the model's context does not hold."""


def said(reply):
    """The answer in a reply, without the spaces that the grammar allows between its parts."""
    text = reply["message"]["content"]
    try:
        return json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)
    except ValueError:
        return text
