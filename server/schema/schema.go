// Package schema describes the words of step for the OpenAPI page, where reflection cannot see them.
package schema

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"chiron/step"
)

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// The sealed sums of step write their own JSON, which reflection cannot see. These shapes stand for them in the
// description of the API.

type actShape struct {
	_      struct{} `additionalProperties:"true"`
	Action string   `json:"action" enum:"click,hover,drag,type,press,scroll,select,upload,navigate,back,forward,reload,tab,dialog,wait,note,call,delegate,ask,done,fail" doc:"kind; the other fields are those of this kind"`
}

type orderShape struct {
	_       struct{} `additionalProperties:"true"`
	Command string   `json:"command" enum:"cancel,pause,resume,message,answer,drive,watch" doc:"kind; the other fields are those of this kind"`
}

type bodyShape struct {
	_    struct{} `additionalProperties:"true"`
	Kind string   `json:"kind" enum:"created,leased,saw,read,recalled,planned,proposed,judged,asked,answered,did,checked,noted,took,warned,recovered,ended" doc:"what happened; the other fields are those of this kind"`
}

// Event stands for step.Event.
type eventShape struct {
	Task string    `json:"task"`
	Seq  uint64    `json:"seq" minimum:"1" doc:"counts from 1 within the task, without gaps"`
	Step int       `json:"step" doc:"number of the step; 0 before the first"`
	At   string    `json:"at" format:"date-time"`
	Body bodyShape `json:"body"`
}

// New returns a registry that knows how step's sums look, with the task's rules that reflection cannot tell.
func New() huma.Registry {
	r := huma.NewMapRegistry("#/components/schemas/", func(t reflect.Type, hint string) string {
		switch t {
		case typeOf[actShape]():
			return "Act"
		case typeOf[orderShape]():
			return "Order"
		case typeOf[bodyShape]():
			return "EventBody"
		case typeOf[eventShape]():
			return "Event"
		}
		return huma.DefaultSchemaNamer(t, hint)
	})
	r.RegisterTypeAlias(typeOf[step.Act](), typeOf[actShape]())
	r.RegisterTypeAlias(typeOf[step.Order](), typeOf[orderShape]())
	r.RegisterTypeAlias(typeOf[step.Event](), typeOf[eventShape]())
	r.Schema(typeOf[step.Task](), true, "Task")
	task := r.Map()["Task"]
	task.Required = []string{"start"}
	task.Properties["goal"].Description = "what to reach; may be left out when steps are given"
	for _, own := range []string{"id", "owner", "created", "parent", "start_host"} {
		task.Properties[own].ReadOnly = true
	}
	return r
}
