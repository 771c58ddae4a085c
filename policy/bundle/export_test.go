package bundle

import (
	"reflect"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
)

// Context is an Input as Cedar sees it, made the slow way: nothing is kept from one to the next.
func Context(in Input) cedar.Record { return value(reflect.ValueOf(in)).(cedar.Record) }

// Recorded is an Input as a bundle shows it to Cedar.
func (b *Bundle) Recorded(in Input) cedar.Record { return b.record.context(&in) }

// Groups are the actions as Cedar knows them.
func Groups() cedar.EntityMap { return actions() }

func value(v reflect.Value) types.Value {
	switch v.Kind() {
	case reflect.Bool:
		return types.Boolean(v.Bool())
	case reflect.Int:
		return types.Long(v.Int())
	case reflect.String:
		if v.Type().PkgPath() == "" {
			return types.String(v.String())
		}
		return types.NewEntityUID(types.EntityType(v.Type().Name()), types.String(v.String()))
	case reflect.Slice:
		list := make([]types.Value, v.Len())
		for i := range list {
			list[i] = value(v.Index(i))
		}
		return types.NewSet(list...)
	}
	record := make(types.RecordMap, v.NumField())
	for i := range v.NumField() {
		f := v.Field(i)
		if f.Kind() == reflect.Pointer {
			if f.IsNil() {
				continue
			}
			f = f.Elem()
		}
		record[types.String(v.Type().Field(i).Tag.Get("cedar"))] = value(f)
	}
	return types.NewRecord(record)
}
