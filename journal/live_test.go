package journal_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"chiron/journal"
	"chiron/step"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

func frame(n int) step.Frame {
	data := bytes.Repeat([]byte{byte(n)}, 100<<10)
	return step.Frame{Hash: step.PictureHash(data), MIME: "image/png", Size: step.Size{W: 1344, H: n}, At: time.Unix(int64(n), 0).UTC(), Data: data}
}

func TestASlowWatcherMissesFramesAndSlowsNobody(t *testing.T) {
	j, _ := open(t, journal.Options{Dir: t.TempDir()})
	create(t, j, "x")
	ctx := soon(t)
	slow, err := j.WatchFrames(ctx, "x")
	if err != nil {
		t.Fatal(err)
	}
	fast, err := j.WatchFrames(ctx, "x")
	if err != nil {
		t.Fatal(err)
	}
	const frames = 300
	begun := time.Now()
	for n := 1; n <= frames; n++ {
		j.PublishFrame("x", frame(n))
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("publishing took %v", took)
	}
	last := 0
	for last < frames {
		f := <-fast
		if f.Size.H <= last {
			t.Fatalf("frame %d after %d", f.Size.H, last)
		}
		last = f.Size.H
		if !reflect.DeepEqual(f, frame(last)) {
			t.Fatalf("frame %d arrived changed", last)
		}
	}
	// The slow one took none so far. What it gets now is the newest, or one that is followed by it.
	got := 0
	for (<-slow).Size.H < frames {
		got++
	}
	if got > 3 {
		t.Errorf("%d stale frames were kept for the slow watcher", got)
	}
	if j.FramesDropped() == 0 {
		t.Error("dropped frames are not counted")
	}
}

func TestViewersAreCountedAcrossNodes(t *testing.T) {
	url := outside(t)
	worker, _ := open(t, journal.Options{URL: url})
	front, _ := open(t, journal.Options{URL: url})
	create(t, worker, "x")
	l := claim(t, worker)
	viewers := worker.Viewers("x")
	if n := <-viewers; n != 0 {
		t.Fatalf("%d viewers at first", n)
	}
	ctx, leave := context.WithCancel(soon(t))
	frames, err := front.WatchFrames(ctx, "x")
	if err != nil {
		t.Fatal(err)
	}
	if n := <-viewers; n != 1 {
		t.Fatalf("%d viewers after one came", n)
	}
	worker.PublishFrame("x", frame(7))
	if f := <-frames; f.Size.H != 7 {
		t.Errorf("frame %d", f.Size.H)
	}
	leave()
	if n := <-viewers; n != 0 {
		t.Fatalf("%d viewers after it left", n)
	}
	if err := l.Release(soon(t)); err != nil {
		t.Fatal(err)
	}
	if _, open := <-viewers; open {
		t.Error("the channel outlived the lease")
	}
}

func TestPicturesAreKeptByTheirHash(t *testing.T) {
	dir := t.TempDir()
	j, shut := open(t, journal.Options{Dir: dir})
	rnd := rand.NewChaCha8([32]byte{1})
	var hashes []string
	var all [][]byte
	for _, size := range []int{1, 512 << 10, 512<<10 + 1, 3 << 20} {
		data := make([]byte, size)
		_, _ = rnd.Read(data)
		for range 2 { // twice is once
			hash, err := j.PutPicture(soon(t), data, "image/png")
			if err != nil {
				t.Fatal(err)
			}
			hashes = append(hashes, hash)
			all = append(all, data)
		}
	}
	shut()
	j, _ = open(t, journal.Options{Dir: dir})
	for i, hash := range hashes {
		data, mime, err := j.Picture(soon(t), hash)
		if err != nil || mime != "image/png" || !bytes.Equal(data, all[i]) || hash != step.PictureHash(data) {
			t.Errorf("picture of %d bytes: %v, %s, %d bytes", len(all[i]), err, mime, len(data))
		}
	}
	for _, hash := range []string{"", "..", strings.Repeat("0", 64)} {
		if _, _, err := j.Picture(soon(t), hash); !errors.Is(err, journal.ErrNotFound) {
			t.Errorf("picture %q: %v", hash, err)
		}
	}
	if _, err := j.PutPicture(soon(t), nil, ""); err == nil {
		t.Error("nothing was kept as a picture")
	}
}

func TestTable(t *testing.T) {
	dir := t.TempDir()
	j, shut := open(t, journal.Options{Dir: dir})
	keys := j.Table("keys")
	names := []string{"", "a b", "a.b*>", "plain", "ü/=41"}
	for _, k := range names {
		if err := keys.Put(soon(t), k, []byte("v"+k)); err != nil {
			t.Fatal(err)
		}
	}
	if err := keys.Create(soon(t), "plain", nil); !errors.Is(err, journal.ErrExists) {
		t.Errorf("create of a present key: %v", err)
	}
	shut()
	j, _ = open(t, journal.Options{Dir: dir})
	keys = j.Table("keys")
	if got, err := keys.Keys(soon(t)); err != nil || !reflect.DeepEqual(got, names) {
		t.Errorf("keys %q, %v", got, err)
	}
	for _, k := range names {
		if got, err := keys.Get(soon(t), k); err != nil || string(got) != "v"+k {
			t.Errorf("%q: %q, %v", k, got, err)
		}
	}
	if err := errors.Join(keys.Delete(soon(t), "plain"), keys.Delete(soon(t), "never")); err != nil {
		t.Error(err)
	}
	if _, err := keys.Get(soon(t), "plain"); !errors.Is(err, journal.ErrNotFound) {
		t.Errorf("deleted key: %v", err)
	}
	if err := keys.Create(soon(t), "plain", []byte("2")); err != nil {
		t.Errorf("create after delete: %v", err)
	}
	if got, err := j.Table("others").Keys(soon(t)); err != nil || len(got) != 0 {
		t.Errorf("another table: %q, %v", got, err)
	}
}
