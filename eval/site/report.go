package site

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"

	"chiron/eval/site/books"
)

type reportData struct {
	books.Report
	Draft      string      // a draft that is being edited again
	Receipt    *books.File // of that draft
	Problems   map[string]error
	Categories []string
}

func newReport(_ *state, v *visit) answer {
	d := reportData{Categories: books.Categories()}
	if old, ok := v.sess.forms[v.r.URL.Query().Get("draft")]; ok {
		d.Report, d.Draft, d.Receipt = old.Form, old.ID, old.Receipt
	}
	return show("new", d)
}

// checkReport validates the form. A right one becomes a draft that waits for its confirmation.
func checkReport(st *state, v *visit) answer {
	form := books.Report{Amount: v.r.PostFormValue("amount"), Category: v.r.PostFormValue("category"), Date: v.r.PostFormValue("date"),
		Description: v.r.PostFormValue("description")}
	file, fileErr := upload(v.r)
	old := v.sess.forms[v.r.PostFormValue("draft")]
	if file == nil && fileErr == nil {
		file = old.Receipt
	}
	e, problems := books.ParseReport(form, v.lang, st.Today(), file, fileErr)
	if len(problems) > 0 {
		return refuse(http.StatusUnprocessableEntity, "new", reportData{Report: form, Draft: old.ID, Receipt: old.Receipt,
			Problems: problems, Categories: books.Categories()})
	}
	e.Owner = v.user.Username
	st.drafts++
	d := draft{ID: fmt.Sprintf("draft-%d", st.drafts), Form: form, Expense: e}
	v.sess.forms[d.ID] = d
	if file != nil && file != old.Receipt {
		st.Record(v.user.Username, "upload", file.Name, file.SHA256)
	}
	return redirect("/review/" + d.ID)
}

// upload reads the receipt of the form; nil when none was chosen.
func upload(r *http.Request) (*books.File, error) {
	f, head, err := r.FormFile("receipt")
	if err != nil || head.Filename == "" {
		return nil, nil
	}
	defer f.Close()
	if head.Size > books.MaxReceipt {
		return nil, books.ErrReceiptSize
	}
	name := path.Base(strings.ReplaceAll(head.Filename, "\\", "/"))
	if !slices.Contains([]string{".pdf", ".png", ".jpg", ".jpeg"}, strings.ToLower(path.Ext(name))) ||
		strings.ContainsAny(name, "\"\r\n") {
		return nil, books.ErrReceiptType
	}
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, books.ErrReceiptType
	}
	sum := sha256.Sum256(data)
	return &books.File{Name: name, Size: len(data), SHA256: hex.EncodeToString(sum[:]), Data: data}, nil
}

func reviewPage(_ *state, v *visit) answer {
	d, ok := v.sess.forms[v.r.PathValue("form")]
	if !ok {
		return missing()
	}
	return show("review", d)
}

// submitReport files a confirmed draft. Sending the same draft again files it again, as many real systems do.
func submitReport(st *state, v *visit) answer {
	d, ok := v.sess.forms[v.r.PostFormValue("draft")]
	if !ok {
		return missing()
	}
	e := st.Submit(d.Expense, d.ID)
	v.say("good", "toast.submitted", e.ID)
	return redirect("/expenses/" + e.ID)
}
