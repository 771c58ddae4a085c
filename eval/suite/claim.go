package suite

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"chiron/eval/site"
)

// claim is one comparison about the truth: counts.submit == 1, expenses[id=EX-1064] == null, users[username=dana].language
// == "de", len(expenses) == 65, expenses[description^=Night train].euros >= 184. A path that leads nowhere is null; null is
// equal to 0 and to "" as well, so that counts that never happened are 0.
type claim struct {
	left, op, right string
	length          bool
}

func parseClaim(text string) (claim, error) {
	depth, quoted := 0, false
	for i, r := range text {
		switch {
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == '[':
			depth++
		case r == ']':
			depth--
		case depth == 0:
			for _, op := range []string{"==", "!=", "<=", ">=", "<", ">"} {
				if strings.HasPrefix(text[i:], op) {
					return newClaim(text[:i], op, text[i+len(op):])
				}
			}
		}
	}
	return claim{}, fmt.Errorf("%q is no comparison; write for example counts.submit == 1", text)
}

func newClaim(left, op, right string) (claim, error) {
	c := claim{left: strings.TrimSpace(left), op: op, right: strings.TrimSpace(right)}
	if inner, ok := strings.CutPrefix(c.left, "len("); ok && strings.HasSuffix(inner, ")") {
		c.left, c.length = strings.TrimSuffix(inner, ")"), true
	}
	if !pathLike.MatchString(c.left) {
		return c, fmt.Errorf("%q is no path into the truth", c.left)
	}
	if pathLike.MatchString(c.right) && !word(c.right) {
		return c, nil
	}
	if !json.Valid([]byte(c.right)) {
		return c, fmt.Errorf("%q is neither JSON nor a path into the truth", c.right)
	}
	return c, nil
}

func word(s string) bool { return s == "true" || s == "false" || s == "null" }

// world is the truth as paths walk through it. Expenses gain euros beside their cents.
func world(t site.Truth) (map[string]any, error) {
	data, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	var w map[string]any
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, err
	}
	expenses, _ := w["expenses"].([]any)
	for _, e := range expenses {
		if e, ok := e.(map[string]any); ok {
			cents, _ := e["cents"].(float64)
			e["euros"] = cents / 100
		}
	}
	return w, nil
}

func (c claim) holds(w map[string]any) (bool, string, error) {
	left, err := walk(w, c.left)
	if err != nil {
		return false, "", err
	}
	if c.length {
		list, _ := left.([]any)
		left = float64(len(list))
	}
	right, err := value(w, c.right)
	if err != nil {
		return false, "", err
	}
	found := show(left)
	switch c.op {
	case "==":
		return same(left, right), found, nil
	case "!=":
		return !same(left, right), found, nil
	}
	a, okA := number(left)
	b, okB := number(right)
	if !okA || !okB {
		return false, found, nil
	}
	return map[string]bool{"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[c.op], found, nil
}

// value reads the right side of a claim or a grader's expected value: a path into the truth, or JSON.
func value(w map[string]any, text string) (any, error) {
	if pathLike.MatchString(text) && !word(text) {
		return walk(w, text)
	}
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return nil, fmt.Errorf("%q: %w", text, err)
	}
	return v, nil
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case nil:
		return 0, true
	case float64:
		return v, true
	}
	return 0, false
}

func same(a, b any) bool {
	if a == nil || b == nil {
		return empty(a) && empty(b)
	}
	return show(a) == show(b)
}

func empty(v any) bool { return v == nil || v == 0.0 || v == "" || v == false }

func show(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(data)
}

// walk follows a path: names, [n] for the n-th of a list, [key=value] and [key^=beginning] for the first that fits.
func walk(v any, path string) (any, error) {
	for path != "" && v != nil {
		switch {
		case path[0] == '.':
			path = path[1:]
		case path[0] == '[':
			end := strings.IndexByte(path, ']')
			if end < 0 {
				return nil, errors.New("a bracket stays open in " + path)
			}
			list, ok := v.([]any)
			if !ok {
				return nil, fmt.Errorf("%s: there is no list", path)
			}
			v = pick(list, path[1:end])
			path = path[end+1:]
		default:
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			fields, ok := v.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("%s: there are no fields", path)
			}
			v = fields[path[:end]]
			path = path[end:]
		}
	}
	return v, nil
}

func pick(list []any, by string) any {
	if n, err := strconv.Atoi(by); err == nil {
		if n >= 0 && n < len(list) {
			return list[n]
		}
		return nil
	}
	key, want, _ := strings.Cut(by, "=")
	key, begins := strings.CutSuffix(key, "^")
	for _, e := range list {
		fields, _ := e.(map[string]any)
		have, isText := fields[key].(string)
		if !isText {
			have = show(fields[key])
		}
		if have == want || begins && strings.HasPrefix(have, want) {
			return e
		}
	}
	return nil
}
