package inference_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"chiron/inference"
	"chiron/inference/inferencetest"
	"chiron/inference/tiny"
)

var schema = json.RawMessage(`{"type":"object","properties":{"note":{"type":"string","maxLength":40},` +
	`"action":{"enum":["click","type"]},"mark":{"type":"integer","minimum":1,"maximum":30}},"required":["note","action","mark"]}`)

func picture(t testing.TB, width, height int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.Set(x, y, color.RGBA{uint8(x), uint8(y), uint8(x * y), 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func ask(text string, images ...[]byte) inference.Request {
	return inference.Request{
		Model: inferencetest.Model, Format: schema, MaxTokens: 200,
		Messages: []inference.Message{
			{Role: inference.System, Text: "You click."}, {Role: inference.User, Text: text, Images: images},
		},
	}
}

// TestRealOllama shares one Ollama, since a model takes a second to load.
func TestRealOllama(t *testing.T) {
	c := inferencetest.Start(t, self(t))
	t.Run("describes", func(t *testing.T) { describes(t, c) })
	t.Run("answers in the schema", func(t *testing.T) { answers(t, c) })
	t.Run("fails by its kind", func(t *testing.T) { fails(t, c) })
	t.Run("comes back", func(t *testing.T) { comesBack(t, c) })
	t.Run("deletes", func(t *testing.T) {
		if err := c.Delete(t.Context(), inferencetest.Model); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Show(t.Context(), inferencetest.Model); !errors.Is(err, inference.ErrNoModel) {
			t.Fatalf("Show = %v", err)
		}
	})
}

func describes(t *testing.T, c *inference.Client) {
	version, err := c.Version(t.Context())
	if err != nil || version != "0.17.4" {
		t.Fatalf("Version = %q, %v", version, err)
	}
	list, err := c.List(t.Context())
	if err != nil || len(list) != 1 || list[0].Name != inferencetest.Model || len(list[0].Digest) != 64 || list[0].Size == 0 {
		t.Fatalf("List = %+v, %v", list, err)
	}
	d, err := c.Show(t.Context(), inferencetest.Model)
	if err != nil || !d.Vision() || d.Embedding() || d.Architecture != "mistral3" || d.ContextLength != tiny.ContextLength {
		t.Fatalf("Show = %+v, %v", d, err)
	}
}

func answers(t *testing.T, c *inference.Client) {
	shot := picture(t, 1344, 896)
	var slowest time.Duration
	for i, q := range []inference.Request{
		ask("Sign in."), ask("Sign in.", shot), ask("Sign in."), ask("Another thing.", shot, picture(t, 448, 224)), ask("Sign in.", shot),
	} {
		reply, err := c.Chat(t.Context(), q)
		if err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
		var a struct {
			Note, Action string
			Mark         int
		}
		if err := json.Unmarshal([]byte(reply.Text), &a); err != nil || a.Mark < 1 || a.Mark > 30 || (a.Action != "click" && a.Action != "type") {
			t.Fatalf("call %d: %q: %v", i, reply.Text, err)
		}
		want := 1 + 4 + len("You click."+q.Messages[1].Text) // the start and the four marks of the turns are one token each
		for j := range q.Messages[1].Images {
			want += []int{tiny.ImageTokens(1344, 896), tiny.ImageTokens(448, 224)}[j]
		}
		if reply.Usage.PromptTokens != want || reply.Cut {
			t.Errorf("call %d: %d prompt tokens, want %d", i, reply.Usage.PromptTokens, want)
		}
		if i > 0 {
			slowest = max(slowest, reply.Usage.ModelTime)
		}
	}
	t.Logf("slowest warm answer: %v", slowest)
	loaded, err := c.PS(t.Context())
	if err != nil || len(loaded) != 1 || loaded[0].ContextLength != inferencetest.Profile().NumCtx {
		t.Fatalf("PS = %+v, %v", loaded, err)
	}
}

func fails(t *testing.T, c *inference.Client) {
	q := ask("hello")
	q.Model = "absent"
	if _, err := c.Chat(t.Context(), q); !errors.Is(err, inference.ErrNoModel) {
		t.Errorf("absent model: %v", err)
	}
	q = ask("hello")
	q.MaxTokens = 3
	if reply, err := c.Chat(t.Context(), q); !errors.Is(err, inference.ErrTruncated) || reply.Usage.AnswerTokens == 0 {
		t.Errorf("three tokens: %+v, %v", reply, err)
	}
	q = ask("hello")
	q.Format = json.RawMessage(`{"type":"nonsense"}`)
	if _, err := c.Chat(t.Context(), q); err == nil {
		t.Error("a nonsense schema was taken")
	}
	if _, err := c.Chat(t.Context(), ask("hello", []byte("no picture"))); err == nil {
		t.Error("a broken picture was taken")
	}
	if _, err := c.Embed(t.Context(), "absent", "", []string{"a"}); !errors.Is(err, inference.ErrNoModel) {
		t.Errorf("absent embedder: %v", err)
	}
	if err := c.Delete(t.Context(), "absent"); !errors.Is(err, inference.ErrNoModel) {
		t.Errorf("delete: %v", err)
	}
	if err := c.Create(t.Context(), inference.Recipe{Model: "x", GGUF: "/nowhere.gguf"}, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("create: %v", err)
	}
	if _, err := c.Chat(t.Context(), ask("still there?")); err != nil {
		t.Errorf("after all that: %v", err)
	}
}

// comesBack kills the managed Ollama under a client in use.
func comesBack(t *testing.T, c *inference.Client) {
	server := below(t, os.Getpid(), "serve")
	if err := syscall.Kill(server, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	// The call that meets the gap may fail, as a retriable error; the client then waits for the new one.
	for {
		_, err := c.Chat(t.Context(), ask("Sign in."))
		if err == nil {
			break
		}
		if !inference.Retriable(err) {
			t.Fatal(err)
		}
	}
	if again := below(t, os.Getpid(), "serve"); again == server {
		t.Fatal("it is the same process")
	}
}

// below finds the process under root whose last argument is last.
func below(t *testing.T, root int, last string) int {
	t.Helper()
	procs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range procs {
		cmd, _ := os.ReadFile(p + "/cmdline")
		if !strings.HasSuffix(string(cmd), "\x00"+last+"\x00") {
			continue
		}
		var pid int
		fmt.Sscanf(p, "/proc/%d", &pid)
		for up := pid; up > 1; up = parentOf(up) {
			if up == root {
				return pid
			}
		}
	}
	t.Fatalf("no process %q", last)
	return 0
}

func parentOf(pid int) int {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	var state string
	var parent int
	fmt.Sscan(string(b[bytes.LastIndexByte(b, ')')+1:]), &state, &parent)
	return parent
}

// TestServerSideContextGuard shows that a prompt which slips past the estimate is refused by Ollama rather than cut.
func TestServerSideContextGuard(t *testing.T) {
	c := inferencetest.Start(t, self(t))
	// This name has no profile, so its budget believes in 3.2 bytes per token where the model has one: 40,000 bytes look
	// like 12,500 tokens of 16,384 and are 40,000.
	if err := c.Create(t.Context(), inference.Recipe{Model: "short", From: inferencetest.Model}, nil); err != nil {
		t.Fatal(err)
	}
	q := ask(strings.Repeat("long ", 8000))
	q.Model = "short:latest"
	if _, err := c.Chat(t.Context(), q); !errors.Is(err, inference.ErrContext) {
		t.Fatalf("Chat = %v", err)
	}
}

func TestTheSameSeedWritesTheSameModel(t *testing.T) {
	write := func(seed int64) []byte {
		path := filepath.Join(t.TempDir(), "m.gguf")
		if err := tiny.Write(path, seed); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if one := write(1); !bytes.Equal(one, write(1)) || bytes.Equal(one, write(2)) {
		t.Fatal("the seed does not decide the weights")
	}
	if err := tiny.Write("/nowhere/m.gguf", 1); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("Write = %v", err)
	}
}
