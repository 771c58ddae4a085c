package intent

import (
	"strings"
	"unicode"
)

// lexicon returns the words of an intent in English, German, French, Spanish and Japanese. Words of scripts with spaces count as whole
// words or phrases, others anywhere.
func lexicon(i Intent) []string {
	switch i {
	case Payment:
		return []string{"pay", "pay now", "purchase", "buy", "checkout", "check out", "place order", "order now", "donate",
			"transfer money", "send money", "withdraw", "order and pay", "bezahlen", "zahlen", "kaufen", "zahlungspflichtig", "bestellen", "überweisen", "spenden",
			"payer", "acheter", "commander", "passer la commande", "passer commande", "régler", "faire un don", "virer",
			"pagar", "comprar", "realizar pedido", "hacer pedido", "finalizar compra", "tramitar pedido", "donar", "transferir dinero",
			"支払", "購入", "注文", "決済", "振込", "振り込"}
	case Delete:
		return []string{"delete", "remove", "erase", "destroy", "discard", "deactivate", "close account", "cancel subscription",
			"terminate", "wipe", "uninstall", "empty trash", "factory reset",
			"löschen", "entfernen", "verwerfen", "kündigen", "deaktivieren",
			"papierkorb leeren", "supprimer", "effacer", "résilier", "désactiver", "retirer", "vider la corbeille",
			"eliminar", "borrar", "quitar", "suprimir", "desactivar", "cancelar suscripción", "cancelar la suscripción", "dar de baja",
			"vaciar papelera", "削除", "消去", "退会", "解約", "破棄"}
	case Grant:
		return []string{"authorize", "authorise", "allow", "grant", "give access", "share access", "make admin", "trust", "autorisieren", "erlauben", "zulassen",
			"gewähren", "freigeben",
			"autoriser", "permettre", "accorder", "donner accès", "autorizar", "permitir", "conceder", "otorgar", "dar acceso", "許可", "認可"}
	case Publish:
		return []string{"publish", "post", "tweet", "go live", "broadcast", "veröffentlichen", "posten", "publier", "mettre en ligne",
			"publicar", "公開", "投稿"}
	case Send:
		return []string{"send", "share", "forward", "reply", "invite", "senden", "einladen", "verschicken", "teilen", "weiterleiten", "antworten",
			"envoyer", "partager", "transférer", "répondre", "inviter", "enviar", "mandar", "compartir", "reenviar", "responder", "invitar",
			"送る", "共有", "転送", "返信", "メッセージを送信", "メールを送信", "招待"}
	case Submit:
		return []string{"submit", "save", "confirm", "apply", "create", "add", "update", "register", "sign up", "book", "reserve",
			"approve", "accept", "change password", "reset password", "upload", "absenden", "abschicken", "speichern",
			"bestätigen", "erstellen", "anlegen", "hinzufügen", "aktualisieren", "registrieren", "buchen", "reservieren",
			"enregistrer", "valider", "confirmer", "créer", "ajouter", "mettre à jour", "s inscrire", "réserver", "accepter", "approuver",
			"soumettre", "téléverser", "modifier le mot de passe", "guardar", "confirmar", "crear", "añadir", "agregar", "actualizar",
			"registrarse", "reservar", "aceptar", "aprobar", "subir", "cambiar contraseña", "genehmigen", "übernehmen", "passwort ändern", "hochladen", "送信", "保存", "確定", "登録", "作成", "追加", "更新",
			"予約", "確認", "承認", "変更"}
	case Login:
		return []string{"log in", "login", "log on", "sign in", "anmelden", "einloggen", "se connecter", "connexion", "s identifier",
			"iniciar sesión", "entrar", "acceder", "ログイン", "サインイン"}
	case Download:
		return []string{"download", "export", "herunterladen", "exportieren", "télécharger", "exporter", "descargar", "exportar", "ダウンロード"}
	case Search:
		return []string{"search", "find", "filter", "suchen", "suche", "finden", "filtern", "rechercher", "chercher", "filtrer",
			"buscar", "encontrar", "filtrar", "検索"}
	}
	return nil
}

// innocent returns phrases that hold a word of an intent and mean something else.
func innocent() []string {
	return []string{"post code", "post office", "post box", "blog post", "previous post", "next post", "pay slip", "pay slips", "pay stub",
		"pay period", "check out date", "check out time", "share price", "share prices", "market share", "delete key", "email address",
		"trust center", "trust centre", "apply filter", "apply filters", "add filter", "forward slash", "fast forward", "skip forward",
		"create date", "update history", "transfer news", "book review", "book reviews"}
}

// spoken returns the first of the intents whose words stand in a lower-case text.
func spoken(text string, among ...Intent) Intent {
	for _, i := range among {
		if matches(text, lexicon(i)) {
			return i
		}
	}
	return None
}

func matches(text string, list []string) bool {
	if text == "" {
		return false
	}
	spaced := " " + strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), " ") + " "
	for _, phrase := range innocent() {
		spaced = strings.ReplaceAll(spaced, " "+phrase+" ", " ")
	}
	for _, w := range list {
		if w[0] < 0xe0 { // Latin script: at most two bytes in UTF-8
			if strings.Contains(spaced, " "+w+" ") {
				return true
			}
		} else if strings.Contains(text, w) {
			return true
		}
	}
	return false
}
