package bundle

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/cedar-policy/cedar-go/types"

	"chiron/step"
)

// groups returns the families of actions, for rules such as action in Action::"looking", and their members.
func groups() map[string][]step.Kind {
	return map[string][]step.Kind{
		"looking":  {step.KindScroll, step.KindHover, step.KindWait, step.KindNote},
		"pointing": {step.KindClick, step.KindDrag},
		"entering": {step.KindType, step.KindPress, step.KindSelect},
		"moving":   {step.KindNavigate, step.KindBack, step.KindForward, step.KindReload, step.KindTab},
		"talking":  {step.KindAsk, step.KindDone, step.KindFail},
	}
}

// Schema returns the Cedar schema of the rules, generated from Input and the kinds of actions.
func Schema() string {
	var b strings.Builder
	b.WriteString("// The words that rules may use. Generated from the Go struct bundle.Input; do not edit.\n\n")
	b.WriteString("entity Agent;\nentity Person;\nentity Task;\n\n")
	records, enums := map[string]reflect.Type{}, map[string]reflect.Type{}
	collect(reflect.TypeFor[Input](), records, enums)
	for _, name := range slices.Sorted(maps.Keys(enums)) {
		fmt.Fprintf(&b, "entity %s enum [%s];\n", name, quoted(enumOf(enums[name])))
	}
	for _, name := range slices.Sorted(maps.Keys(records)) {
		fmt.Fprintf(&b, "\ntype %s = {\n", name)
		for f := range fields(records[name]) {
			if doc := f.Tag.Get("doc"); doc != "" {
				fmt.Fprintf(&b, "  // %s\n", doc)
			}
			optional := ""
			if f.Type.Kind() == reflect.Pointer {
				optional = "?"
			}
			fmt.Fprintf(&b, "  %s%s: %s,\n", f.Tag.Get("cedar"), optional, typeName(f.Type))
		}
		b.WriteString("};\n")
	}
	b.WriteString("\n")
	of := map[step.Kind]string{}
	for _, g := range slices.Sorted(maps.Keys(groups())) {
		fmt.Fprintf(&b, "action %q;\n", g)
		for _, k := range groups()[g] {
			of[k] = fmt.Sprintf(" in [%q]", g)
		}
	}
	for _, k := range step.Kinds() {
		fmt.Fprintf(&b, "action %q%s appliesTo { principal: [Agent, Person], resource: [Task], context: Input };\n", k, of[k])
	}
	return b.String()
}

// collect finds the record and enumeration types reachable from t.
func collect(t reflect.Type, records, enums map[string]reflect.Type) {
	switch {
	case t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice:
		collect(t.Elem(), records, enums)
	case enumOf(t) != nil:
		enums[t.Name()] = t
	case t.Kind() == reflect.Struct:
		records[t.Name()] = t
		for f := range fields(t) {
			collect(f.Type, records, enums)
		}
	}
}

func fields(t reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}

func enumOf(t reflect.Type) []string {
	if e, ok := reflect.Zero(t).Interface().(enumeration); ok && t.Kind() == reflect.String {
		return e.values()
	}
	return nil
}

func quoted(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fmt.Sprintf("%q", s)
	}
	return strings.Join(out, ", ")
}

func typeName(t reflect.Type) string {
	switch {
	case t.Kind() == reflect.Pointer:
		return typeName(t.Elem())
	case t.Kind() == reflect.Slice:
		return "Set<" + typeName(t.Elem()) + ">"
	case enumOf(t) != nil, t.Kind() == reflect.Struct:
		return t.Name()
	case t.Kind() == reflect.Bool:
		return "Bool"
	case t.Kind() == reflect.Int:
		return "Long"
	}
	return "String"
}

// actions returns the entities of all actions with the groups they belong to.
func actions() types.EntityMap {
	out := types.EntityMap{}
	for g, members := range groups() {
		parent := types.NewEntityUID("Action", types.String(g))
		out[parent] = types.Entity{UID: parent}
		for _, k := range members {
			uid := types.NewEntityUID("Action", types.String(k))
			out[uid] = types.Entity{UID: uid, Parents: types.NewEntityUIDSet(parent)}
		}
	}
	return out
}
