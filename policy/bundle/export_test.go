package bundle

import (
	"reflect"

	"github.com/cedar-policy/cedar-go"
)

// Context is an Input as Cedar sees it.
func Context(in Input) cedar.Record { return value(reflect.ValueOf(in)).(cedar.Record) }

// Groups are the actions as Cedar knows them.
func Groups() cedar.EntityMap { return actions() }
