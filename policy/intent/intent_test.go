package intent_test

import (
	"slices"
	"testing"

	"chiron/policy/intent"
	"chiron/step"
)

func at(e step.Element, form *step.Form) step.Facts {
	return step.Facts{URL: "https://a.example/", Origin: "https://a.example", Element: &e, Form: form, Submits: form != nil,
		Leads: e.Href}
}

func button(name string) step.Element {
	return step.Element{Tag: "button", Role: step.RoleButton, Name: name}
}

func link(name, href string) step.Element {
	return step.Element{Tag: "a", Role: step.RoleLink, Name: name, Href: href}
}

func TestClicks(t *testing.T) {
	post, get := &step.Form{Method: "POST"}, &step.Form{Method: "GET"}
	login, card := &step.Form{Method: "POST", Password: true}, &step.Form{Method: "POST", Card: true}
	search := &step.Form{Method: "GET", Fields: []string{"q"}}
	rev, irr := step.EffectReversible, step.EffectIrreversible
	for name, c := range map[string]struct {
		facts  step.Facts
		intent intent.Intent
		effect step.Effect
	}{
		"plain button":         {at(button("Next"), nil), intent.None, rev},
		"menu":                 {at(button("Menu"), nil), intent.None, rev},
		"delete":               {at(button("Delete account"), nil), intent.Delete, irr},
		"löschen":              {at(button("Endgültig löschen"), nil), intent.Delete, irr},
		"削除":                   {at(button("アカウントを削除する"), nil), intent.Delete, irr},
		"undeletable":          {at(button("Undelete"), nil), intent.None, irr},
		"pay":                  {at(button("Pay €12.50"), nil), intent.Payment, irr},
		"kaufen":               {at(button("Jetzt kaufen"), nil), intent.Payment, irr},
		"購入":                   {at(button("購入する"), nil), intent.Payment, irr},
		"riskiest word":        {at(button("Delete and send"), nil), intent.Delete, irr},
		"share":                {at(button("Share"), nil), intent.Send, irr},
		"publish":              {at(button("Publish"), nil), intent.Publish, irr},
		"grant":                {at(button("Authorize app"), nil), intent.Grant, irr},
		"許可":                   {at(button("許可する"), nil), intent.Grant, irr},
		"save without form":    {at(button("Save"), nil), intent.Submit, irr},
		"sign in without form": {at(button("Sign in"), nil), intent.Login, rev},
		"export":               {at(button("Export"), nil), intent.Download, rev},
		"search button":        {at(button("Search"), nil), intent.Search, rev},
		"by its text":          {at(step.Element{Role: step.RoleButton, Text: "Remove"}, nil), intent.Delete, irr},
		"clickable text":       {at(step.Element{Role: step.RoleText, Text: "Delete"}, nil), intent.Delete, irr},
		"a sentence":           {at(step.Element{Role: step.RoleText, Text: "You may delete your data at any time."}, nil), intent.None, rev},
		"a checkbox":           {at(step.Element{Role: step.RoleCheckbox, Name: "Send me news"}, nil), intent.None, rev},
		"a field":              {at(step.Element{Role: step.RoleInput, Name: "Send to", Editable: true}, nil), intent.None, rev},
		"reset":                {at(step.Element{Role: step.RoleButton, Name: "Delete", Type: "reset"}, nil), intent.None, rev},

		"link":          {at(link("Payment methods", "https://a.example/pay"), nil), intent.Navigate, rev},
		"delete link":   {at(link("Delete", "https://a.example/x"), nil), intent.Delete, irr},
		"delete path":   {at(link("Yes", "https://a.example/item/3/delete"), nil), intent.Delete, irr},
		"help link":     {at(link("How to delete your account", "https://a.example/help"), nil), intent.Navigate, rev},
		"script link":   {at(link("Delete", "javascript:void 0"), nil), intent.Delete, irr},
		"report":        {at(link("Report", "https://a.example/r.csv"), nil), intent.Download, rev},
		"download attr": {at(step.Element{Role: step.RoleLink, Name: "Report", Href: "blob:x", Download: true}, nil), intent.Download, rev},

		"post":            {at(button("OK"), post), intent.Submit, irr},
		"post delete":     {at(button("Delete"), post), intent.Delete, irr},
		"post send":       {at(button("Send message"), post), intent.Send, irr},
		"post by card":    {at(button("Continue"), card), intent.Payment, irr},
		"login":           {at(button("Sign in"), login), intent.Login, rev},
		"login, neutral":  {at(button("Weiter"), login), intent.Login, rev},
		"login, Japanese": {at(button("ログイン"), login), intent.Login, rev},
		"sign-up":         {at(button("Create account"), login), intent.Submit, irr},
		"new password":    {at(button("Change password"), login), intent.Submit, irr},
		"get":             {at(button("Show"), get), intent.Navigate, rev},
		"get search":      {at(button("Go"), search), intent.Search, rev},
		"get, but delete": {at(button("Delete"), get), intent.Delete, irr},
		"dialog form":     {at(button("Close"), &step.Form{Method: "DIALOG"}), intent.None, rev},
	} {
		i, e := intent.Of(step.Click{}, c.facts)
		if i != c.intent || e != c.effect {
			t.Errorf("%s: got %s, %s; want %s, %s", name, i, e, c.intent, c.effect)
		}
	}
}

func TestOtherActs(t *testing.T) {
	trash := step.Element{Role: step.RoleImage, Name: "Delete"}
	chat := step.Element{Tag: "textarea", Role: step.RoleInput, Name: "Message", Editable: true}
	box := step.Element{Tag: "input", Role: step.RoleInput, Name: "Search", Editable: true}
	confirm := func(kind, text string) step.Facts { return step.Facts{Dialog: &step.Dialog{Type: kind, Message: text}} }
	none, rev, irr := step.EffectNone, step.EffectReversible, step.EffectIrreversible
	for name, c := range map[string]struct {
		act    step.Action
		facts  step.Facts
		intent intent.Intent
		effect step.Effect
	}{
		"scroll":            {step.Scroll{}, step.Facts{}, intent.None, none},
		"hover":             {step.Hover{}, at(button("Delete"), nil), intent.None, none},
		"note":              {step.Note{Text: "delete everything"}, step.Facts{}, intent.None, none},
		"type":              {step.Type{Value: "delete everything"}, at(chat, nil), intent.None, rev},
		"navigate":          {step.Navigate{}, step.Facts{}, intent.Navigate, rev},
		"open a tab":        {step.TabAct{Op: "open"}, step.Facts{}, intent.Navigate, rev},
		"close a tab":       {step.TabAct{Op: "close"}, step.Facts{}, intent.None, rev},
		"right click":       {step.Click{Button: "right"}, at(button("Delete"), nil), intent.None, rev},
		"drag to the bin":   {step.Drag{}, step.Facts{To: &trash}, intent.Delete, irr},
		"enter in a chat":   {step.Press{Key: "Enter"}, at(chat, nil), intent.Submit, irr},
		"control and enter": {step.Press{Key: "Control+Enter"}, at(chat, nil), intent.Submit, irr},
		"a letter there":    {step.Press{Key: "a"}, at(chat, nil), intent.None, rev},
		"space there":       {step.Press{Key: "Space"}, at(chat, nil), intent.None, rev},
		"enter in a search": {step.Press{Key: "Enter"}, at(box, nil), intent.Search, rev},
		"enter in a form":   {step.Press{Key: "Enter"}, at(box, &step.Form{Method: "POST"}), intent.Submit, irr},
		"space on a button": {step.Press{Key: "Space"}, at(button("Delete"), nil), intent.Delete, irr},
		"a blank after it":  {step.Press{Key: "Enter "}, at(chat, nil), intent.Submit, irr},
		"another name":      {step.Press{Key: "ctrl + return"}, at(chat, nil), intent.Submit, irr},
		"type at a submit":  {step.Type{}, at(button("OK"), &step.Form{Method: "POST"}), intent.Submit, irr},
		"file at a button":  {step.Upload{}, at(button("Pay"), nil), intent.Payment, irr},
		"file at its field": {step.Upload{}, at(step.Element{Tag: "input", Role: step.RoleFile, Type: "file", Name: "Send"}, nil), intent.None, rev},
		"drag in place":     {step.Drag{}, step.Facts{Element: &trash, To: &trash}, intent.Delete, irr},
		"go to a deletion":  {step.Navigate{URL: "https://a.example/i/5/Delete"}, step.Facts{}, intent.Delete, irr},
		"in a tab":          {step.TabAct{Op: "open", URL: "https://a.example/remove/5"}, step.Facts{}, intent.Delete, irr},
		"reload it":         {step.Reload{}, step.Facts{Leads: "https://a.example/i/5/delete"}, intent.Delete, irr},
		"back to it":        {step.Back{}, step.Facts{Leads: "https://a.example/i/5/delete"}, intent.Delete, irr},
		"read of it":        {step.Navigate{URL: "https://a.example/how-to-delete?delete=1"}, step.Facts{}, intent.Navigate, rev},
		"tab on a button":   {step.Press{Key: "Tab"}, at(button("Delete"), nil), intent.None, rev},
		"confirm":           {step.DialogAct{Accept: true}, confirm("confirm", "Are you sure?"), intent.Submit, irr},
		"confirm deletion":  {step.DialogAct{Accept: true}, confirm("confirm", "Eintrag wirklich löschen?"), intent.Delete, irr},
		"dismiss deletion":  {step.DialogAct{}, confirm("confirm", "Delete?"), intent.None, rev},
		"alert":             {step.DialogAct{Accept: true}, confirm("alert", "Deleted. Delete more?"), intent.None, rev},
		"leave the page":    {step.DialogAct{Accept: true}, confirm("beforeunload", ""), intent.Navigate, rev},
		"a tool":            {step.Call{Tool: "x"}, step.Facts{}, intent.None, irr},
	} {
		i, e := intent.Of(c.act, c.facts)
		if i != c.intent || e != c.effect {
			t.Errorf("%s: got %s, %s; want %s, %s", name, i, e, c.intent, c.effect)
		}
	}
}

// TestUnknownControls: what a control does that no known word explains may not be undone; its intent stays as it is.
func TestUnknownControls(t *testing.T) {
	for _, name := range []string{"Yes", "OK", "Order", "Transfer", "Finish", "Realizar", "Valider", "Continue", "実行", "はい", "", "×", "Cancel order",
		"Close ticket", "Abbuchen", "Go ahead", "Reopen", "Transfer menus"} {
		if i, e := intent.Of(step.Click{}, at(button(name), nil)); e != step.EffectIrreversible || intent.Risky(i) {
			t.Errorf("%q: %s, %s", name, i, e)
		}
	}
	for _, name := range []string{"Search", "Filter results", "Next", "Previous page", "Page 2", "3", "»", "Menu", "Open menu", "Close", "Close dialog", "Cancel",
		"Back", "Show more", "Expand all", "Collapse", "Edit profile", "New message", "Sign in", "Language", "Dark mode", "Download", "Export as PDF",
		"Weiter", "Details anzeigen", "Profil bearbeiten", "Abbrechen", "Schließen", "次へ", "キャンセル", "メニューを開く", "詳細を見る", "Afficher plus", "Annuler",
		"Suivant", "Se connecter", "Mostrar más", "Cancelar", "Iniciar sesión"} {
		if i, e := intent.Of(step.Click{}, at(button(name), nil)); e != step.EffectReversible || intent.Risky(i) {
			t.Errorf("%q: %s, %s", name, i, e)
		}
	}
	rev, irr := step.EffectReversible, step.EffectIrreversible
	get := &step.Form{Method: "GET"}
	for name, c := range map[string]struct {
		act    step.Action
		facts  step.Facts
		effect step.Effect
	}{
		"link in the page":    {step.Click{}, at(link("Send message…", "https://a.example/#"), nil), irr},
		"script link":         {step.Click{}, at(link("Go ahead", "javascript:go()"), nil), irr},
		"harmless link":       {step.Click{}, at(link("Show more", "https://a.example/#"), nil), rev},
		"link to a page":      {step.Click{}, at(link("Transfer", "https://a.example/transfer"), nil), rev},
		"link to a part of a": {step.Click{}, at(link("Transfer", "https://a.example/b#c"), nil), rev},
		"sent by GET":         {step.Click{}, at(button("Transfer"), get), rev},
		"beside a GET":        {step.Click{}, step.Facts{Element: &step.Element{Role: step.RoleButton, Name: "Transfer"}, Form: get}, irr},
		"summary":             {step.Click{}, at(step.Element{Tag: "summary", Role: step.RoleButton, Name: "Transfer"}, nil), rev},
		"right click":         {step.Click{Button: "right"}, at(button("Transfer"), nil), rev},
		"space":               {step.Press{Key: "Space"}, at(button("Transfer"), nil), irr},
		"tab key":             {step.Press{Key: "Tab"}, at(button("Transfer"), nil), rev},
		"hover":               {step.Hover{}, at(button("Transfer"), nil), step.EffectNone},
		"tab":                 {step.Click{}, at(step.Element{Role: step.RoleTab, Name: "Transfer"}, nil), rev},
		"option":              {step.Click{}, at(step.Element{Role: step.RoleOption, Name: "Transfer"}, nil), rev},
		"menu item":           {step.Click{}, at(step.Element{Role: step.RoleMenu, Name: "Archive"}, nil), irr},
	} {
		if _, e := intent.Of(c.act, c.facts); e != c.effect {
			t.Errorf("%s: %s", name, e)
		}
	}
}

func TestTextClasses(t *testing.T) {
	for text, want := range map[string][]intent.TextClass{
		"two cups of tea":                       nil,
		"4111 1111 1111 1111":                   {intent.Card},
		"4111111111111112":                      nil,
		"0000000000000000":                      nil,
		"order 1234567890":                      nil,
		"DE89 3704 0044 0532 0130 00 please":    {intent.IBAN},
		"DE89 3704 0044 0532 0130 01":           nil,
		"GB82 WEST 1234 5698 7654 32":           {intent.IBAN},
		"write to alice@shop.example":           {intent.Email},
		"Tr0ub4dor&3":                           {intent.Password},
		"https://shop.example/A1?b=c":           nil,
		"ghp_0123456789abcdefghijABCDEFGHIJ":    {intent.Credential, intent.Password},
		"-----BEGIN OPENSSH PRIVATE KEY-----\n": {intent.Credential},
		"AKIAIOSFODNN7EXAMPLE":                  {intent.Credential},
	} {
		if got := intent.TextClassesOf(text); !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

func TestPrograms(t *testing.T) {
	for url, want := range map[string]bool{
		"https://a.example/setup.EXE": true, "https://a.example/x.docm?y=1": true, "https://a.example/": false,
		"https://a.example.com": false, "https://a.example/report.pdf": false, "": false,
	} {
		if intent.Executable(url) != want {
			t.Errorf("%q: want %v", url, want)
		}
	}
}
