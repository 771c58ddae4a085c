package bundle

import (
	"reflect"
	"sync"

	"github.com/cedar-policy/cedar-go/types"
)

// recorder turns Inputs into Cedar's records: enumerations become entities, absent pointers are left out. What depends on the types
// alone is worked out once, for a decision must not leave more garbage than it needs. It is safe for concurrent use.
type recorder struct {
	shapes  map[reflect.Type][]attribute
	enums   map[reflect.Type]map[string]types.Value
	scratch sync.Pool // of *scratch

	// What comes again at every step is kept.
	places  memo[Place]
	taints  memo[Taint]
	budgets memo[Budget]
}

// attribute is a field of a record.
type attribute struct {
	name  types.String
	index int
}

// memo keeps Cedar's form of small values, maxKept of them at most: 1 KiB for the biggest. The zero memo is ready.
type memo[T comparable] struct {
	mu    sync.Mutex
	known map[T]types.Value
}

const maxKept = 256

func (m *memo[T]) get(key T, make func() types.Record) types.Value {
	m.mu.Lock()
	defer m.mu.Unlock()
	if v, ok := m.known[key]; ok {
		return v
	}
	if m.known == nil || len(m.known) >= maxKept {
		m.known = map[T]types.Value{}
	}
	v := make()
	m.known[key] = v
	return v
}

// scratch is what one record after another is put together in, a map for each level that is being built. Cedar keeps a copy of the
// map that it is given.
type scratch struct{ maps []types.RecordMap }

func newRecorder() *recorder {
	r := &recorder{shapes: map[reflect.Type][]attribute{}, enums: map[reflect.Type]map[string]types.Value{}}
	records, enums := map[string]reflect.Type{}, map[string]reflect.Type{}
	collect(reflect.TypeFor[Input](), records, enums)
	for _, t := range records {
		for f := range fields(t) {
			r.shapes[t] = append(r.shapes[t], attribute{types.String(f.Tag.Get("cedar")), f.Index[0]})
		}
	}
	for _, t := range enums {
		r.enums[t] = map[string]types.Value{}
		for _, v := range enumOf(t) {
			r.enums[t][v] = types.NewEntityUID(types.EntityType(t.Name()), types.String(v))
		}
	}
	r.scratch.New = func() any { return &scratch{} }
	return r
}

// context is an Input as Cedar sees it.
func (r *recorder) context(in *Input) types.Record {
	s := r.scratch.Get().(*scratch)
	defer r.scratch.Put(s)
	return r.record(s, reflect.ValueOf(in).Elem(), 0)
}

func (r *recorder) record(s *scratch, v reflect.Value, level int) types.Record {
	if level == len(s.maps) {
		s.maps = append(s.maps, types.RecordMap{})
	}
	m := s.maps[level]
	defer clear(m)
	for _, a := range r.shapes[v.Type()] {
		f := v.Field(a.index)
		if f.Kind() == reflect.Pointer {
			if f.IsNil() {
				continue
			}
			f = f.Elem()
		}
		m[a.name] = r.value(s, f, level+1)
	}
	return types.NewRecord(m)
}

// value turns a Go value of one of Input's types into Cedar's. Level is how deep it lies.
func (r *recorder) value(s *scratch, v reflect.Value, level int) types.Value {
	switch v.Kind() {
	case reflect.Bool:
		return types.Boolean(v.Bool())
	case reflect.Int:
		return types.Long(v.Int())
	case reflect.String:
		return r.text(v)
	case reflect.Slice:
		list := make([]types.Value, v.Len())
		for i := range list {
			list[i] = r.value(s, v.Index(i), level)
		}
		return types.NewSet(list...)
	}
	made := func() types.Record { return r.record(s, v, level) }
	switch p := v.Addr().Interface().(type) {
	case *Place:
		return r.places.get(*p, made)
	case *Taint:
		return r.taints.get(*p, made)
	case *Budget:
		return r.budgets.get(*p, made)
	}
	return made()
}

func (r *recorder) text(v reflect.Value) types.Value {
	if v.Type().PkgPath() == "" {
		return types.String(v.String())
	}
	if known, ok := r.enums[v.Type()][v.String()]; ok {
		return known
	}
	return types.NewEntityUID(types.EntityType(v.Type().Name()), types.String(v.String())) // the schema refuses it
}
