package settings

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestTheShippedConfigurationIsTheDefaults holds configs/chiron.yaml, the manual, equal to what the program does without it.
func TestTheShippedConfigurationIsTheDefaults(t *testing.T) {
	got, err := Load("../../configs/chiron.yaml", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{}
	leaves(reflect.ValueOf(Default()), "", func(name string, value any) { want[name] = value })
	leaves(reflect.ValueOf(got), "", func(name string, value any) {
		if a, b := reflect.ValueOf(value), reflect.ValueOf(want[name]); a.Kind() == reflect.Slice && a.Len() == 0 && b.Len() == 0 {
			return
		}
		if !reflect.DeepEqual(value, want[name]) {
			t.Errorf("%s: the file says %v, the default is %v", name, value, want[name])
		}
	})
	text, err := os.ReadFile("../../configs/chiron.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name := range want {
		key := name[strings.LastIndex(name, ".")+1:]
		if !strings.Contains(string(text), key+":") {
			t.Errorf("%s is not in the file", name)
		}
	}
}

// TestGoodConfigurations reads every file in testdata/config/good.
func TestGoodConfigurations(t *testing.T) {
	for _, file := range glob(t, "testdata/config/good/*.yaml") {
		if _, err := Load(file, nil, nil); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// TestBadConfigurations reads every file in testdata/config/bad; its first lines, as comments, are the whole message.
func TestBadConfigurations(t *testing.T) {
	for _, file := range glob(t, "testdata/config/bad/*.yaml") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for line := range strings.Lines(string(text)) {
			said, ok := strings.CutPrefix(strings.TrimSpace(line), "# ")
			if !ok {
				break
			}
			want = append(want, said)
		}
		_, err = Load(file, nil, nil)
		if err == nil || err.Error() != strings.Join(want, "\n") {
			t.Errorf("%s:\n got %v\nwant %s", file, err, strings.Join(want, "\n     "))
		}
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(files), err)
	}
	return files
}
