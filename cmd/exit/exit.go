// Package exit has the exit codes of the program and the error that carries one.
package exit

// The exit codes.
const (
	Failed  = 1 // it did not work
	Usage   = 2 // the command line or the configuration is wrong
	NotDone = 3 // the task ended otherwise than done
)

// Error carries an exit code with the message to show; a nil Err has been said already.
type Error struct {
	Code int
	Err  error
}

func (e *Error) Error() string {
	if e.Err == nil {
		return ""
	}
	return e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// With returns an Error, also for a nil err.
func With(code int, err error) error { return &Error{code, err} }
