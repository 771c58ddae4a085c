// Package chiron_test keeps the plan of the house: which room may import which, what only one room may touch, and how
// large things may grow. It parses the files itself, so that the test cache cannot keep an old answer.
package chiron_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// plan lists, for every room, the rooms it may import.
func plan() map[string][]string {
	floor0 := []string{"step", "configs", "guard", "shot"}
	floor1 := append([]string{"policy", "journal", "memory", "vision", "inference", "client"}, floor0...)
	floor2 := append([]string{"browser", "mind", "tools"}, floor1...)
	floor3 := append([]string{"agent", "server", "eval", "training"}, floor2...)
	rooms := map[string][]string{"step": nil, "configs": nil, "guard": nil, "shot": nil, "cmd": floor3}
	for _, r := range []string{"policy", "journal", "memory", "vision", "inference", "client"} {
		rooms[r] = floor0
	}
	for _, r := range []string{"browser", "mind", "tools"} {
		rooms[r] = floor1
	}
	for _, r := range []string{"agent", "server", "eval", "training"} {
		rooms[r] = floor2
	}
	return rooms
}

// owners lists outside technology and the only rooms that may touch it.
func owners() map[string][]string {
	return map[string][]string{
		"github.com/ollama/ollama":        {"inference"},
		"github.com/go-rod/rod":           {"browser", "eval"},
		"github.com/qdrant/go-client":     {"memory"},
		"modernc.org/sqlite":              {"memory"},
		"github.com/cedar-policy":         {"policy"},
		"github.com/nats-io":              {"journal"},
		"github.com/danielgtaylor/huma":   {"server"},
		"github.com/coder/websocket":      {"server", "client"},
		"github.com/spf13/viper":          {"cmd"},
		"github.com/spf13/cobra":          {"cmd"},
		"golang.org/x/image":              {"vision", "browser"},
		"github.com/prometheus":           {"server"},
		"filippo.io/age":                  {"policy"},
		"github.com/modelcontextprotocol": {"tools", "server"},
	}
}

const module = "chiron/"

type file struct {
	path, room, pkg string
	test            bool
	lines, code     int // all lines; those that are neither blank nor comment
	ast             *ast.File
}

// files parses every Go file of the module.
func files(t *testing.T) ([]file, *token.FileSet) {
	t.Helper()
	set := token.NewFileSet()
	var out []file
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != "." || d.Name() == "testdata" || d.Name() == "build" || d.Name() == "data"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || !strings.Contains(path, "/"):
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(set, path, src, parser.ParseComments)
		if err != nil {
			return err
		}
		path = filepath.ToSlash(path)
		room, _, _ := strings.Cut(path, "/")
		out = append(out, file{path: path, room: room, pkg: filepath.ToSlash(filepath.Dir(path)), test: strings.HasSuffix(path, "_test.go"),
			lines: set.Position(f.FileEnd).Line - 1, code: codeLines(src), ast: f})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 50 {
		t.Fatalf("only %d Go files found; the walk is broken", len(out))
	}
	return out, set
}

func codeLines(src []byte) int {
	n := 0
	for line := range strings.Lines(string(src)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			n++
		}
	}
	return n
}

// budget is the most code one package may hold. The words of step are one idea that every room shares.
func budget(pkg string) int {
	if pkg == "step" {
		return 2200
	}
	return 1500
}

// fixture reports packages that exist for tests: their last element ends in "test".
func fixture(pkg string) bool { return strings.HasSuffix(pkg, "test") }

func TestImportsGoDownwards(t *testing.T) {
	rooms := plan()
	all, set := files(t)
	for _, f := range all {
		allowed, known := rooms[f.room]
		if !known {
			t.Errorf("%s: the room %q is not in the plan", f.path, f.room)
			continue
		}
		for _, imp := range f.ast.Imports {
			path, _ := strconv.Unquote(imp.Path.Value)
			if own, ok := strings.CutPrefix(path, module); ok {
				checkArrow(t, f, own, allowed)
			} else {
				checkOwner(t, f, path, set.Position(imp.Pos()))
			}
		}
	}
}

func checkArrow(t *testing.T, f file, own string, allowed []string) {
	t.Helper()
	room, sub, _ := strings.Cut(own, "/")
	switch {
	case room == f.room, f.test, fixture(f.pkg): // tests and fixtures may join what they test with real neighbours
	case fixture(own):
		t.Errorf("%s imports the fixture %s", f.path, own)
	case !slices.Contains(allowed, room):
		t.Errorf("%s: %s may not import %s", f.path, f.room, own)
	case sub != "" && f.room != "cmd":
		t.Errorf("%s: only %s and cmd may import %s", f.path, room, own)
	}
}

func checkOwner(t *testing.T, f file, path string, at token.Position) {
	t.Helper()
	if f.room == "step" && strings.Contains(strings.Split(path, "/")[0], ".") && !f.test {
		t.Errorf("%s: step uses the standard library only, not %s", at, path)
	}
	if f.test || fixture(f.pkg) {
		return
	}
	for prefix, rooms := range owners() {
		if strings.HasPrefix(path, prefix) && !slices.Contains(rooms, f.room) {
			t.Errorf("%s: %s belongs to %v", at, path, rooms)
		}
	}
}

func TestPermitsComeFromTheGateAlone(t *testing.T) {
	all, set := files(t)
	for _, f := range all {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			sel, ok := lit.Type.(*ast.SelectorExpr)
			if ok && sel.Sel.Name == "Permit" && f.room != "policy" && !f.test {
				t.Errorf("%s makes a Permit", set.Position(lit.Pos()))
			}
			return true
		})
	}
}

func TestSizesAndNames(t *testing.T) {
	all, set := files(t)
	lines := map[string]int{}
	doc := map[string]bool{}
	for _, f := range all {
		if f.ast.Doc != nil && !f.test {
			doc[f.pkg] = true
		} else if _, seen := doc[f.pkg]; !seen && !f.test {
			doc[f.pkg] = false
		}
		if f.lines > 400 {
			t.Errorf("%s has %d lines; 400 are allowed", f.path, f.lines)
		}
		if !f.test {
			lines[f.pkg] += f.code
		}
		if banned := []string{"util", "utils", "common", "helpers", "types", "models"}; slices.Contains(banned, f.ast.Name.Name) {
			t.Errorf("%s: no package is called %s", f.path, f.ast.Name.Name)
		}
		checkDecls(t, f, set)
	}
	for pkg, n := range lines {
		if n > budget(pkg) {
			t.Errorf("package %s has %d lines of code; split it by idea before %d", pkg, n, budget(pkg))
		}
	}
	for pkg, has := range doc {
		if !has {
			t.Errorf("package %s has no doc comment", pkg)
		}
	}
}

func checkDecls(t *testing.T, f file, set *token.FileSet) {
	t.Helper()
	for _, d := range f.ast.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if n := set.Position(fn.End()).Line - set.Position(fn.Pos()).Line + 1; n > 60 && !f.test {
			t.Errorf("%s: %s has %d lines; 60 are allowed", set.Position(fn.Pos()), fn.Name.Name, n)
		}
		if fn.Name.Name == "init" && fn.Recv == nil {
			t.Errorf("%s: no init functions", set.Position(fn.Pos()))
		}
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.InterfaceType:
			if n.Methods != nil && len(n.Methods.List) > 4 && !f.test {
				t.Errorf("%s: an interface with %d methods; 4 are allowed", set.Position(n.Pos()), len(n.Methods.List))
			}
		case *ast.CallExpr:
			sel, ok := n.Fun.(*ast.SelectorExpr)
			if !ok {
				break
			}
			pkg, _ := sel.X.(*ast.Ident)
			if strings.HasPrefix(sel.Sel.Name, "Must") && sel.Sel.Name != "MustCompile" && !f.test && !fixture(f.pkg) {
				t.Errorf("%s: %s outside tests", set.Position(n.Pos()), sel.Sel.Name)
			}
			if f.test && pkg != nil && (pkg.Name == "time" && sel.Sel.Name == "Sleep" || (pkg.Name == "t" || pkg.Name == "b") && strings.HasPrefix(sel.Sel.Name, "Skip")) {
				t.Errorf("%s: no sleeps and no skips in tests", set.Position(n.Pos()))
			}
		}
		return true
	})
}
