package intent

import (
	"strings"
	"unicode"
)

// lexicon returns the words of an intent in English, German, French, Spanish and Japanese, with | between them. Words of scripts with spaces count as whole
// words or phrases, others anywhere.
func lexicon(i Intent) string {
	switch i {
	case Payment:
		return "pay|pay now|purchase|buy|checkout|check out|place order|order now|donate|transfer money|send money|withdraw|" +
			"order and pay|bezahlen|zahlen|kaufen|zahlungspflichtig|bestellen|überweisen|spenden|payer|acheter|commander|" +
			"passer la commande|passer commande|régler|faire un don|virer|pagar|comprar|realizar pedido|hacer pedido|" +
			"finalizar compra|tramitar pedido|donar|transferir dinero|支払|購入|注文|決済|振込|振り込"
	case Delete:
		return "delete|remove|erase|destroy|discard|deactivate|close account|cancel subscription|terminate|wipe|uninstall|empty trash|" +
			"factory reset|löschen|entfernen|verwerfen|kündigen|deaktivieren|papierkorb leeren|supprimer|effacer|résilier|désactiver|" +
			"retirer|vider la corbeille|eliminar|borrar|quitar|suprimir|desactivar|cancelar suscripción|cancelar la suscripción|" +
			"dar de baja|vaciar papelera|削除|消去|退会|解約|破棄"
	case Grant:
		return "authorize|authorise|allow|grant|give access|share access|make admin|trust|autorisieren|erlauben|zulassen|gewähren|" +
			"freigeben|autoriser|permettre|accorder|donner accès|autorizar|permitir|conceder|otorgar|dar acceso|許可|認可"
	case Publish:
		return "publish|post|tweet|go live|broadcast|veröffentlichen|posten|publier|mettre en ligne|publicar|公開|投稿"
	case Send:
		return "send|share|forward|reply|invite|senden|einladen|verschicken|teilen|weiterleiten|antworten|envoyer|partager|transférer|" +
			"répondre|inviter|enviar|mandar|compartir|reenviar|responder|invitar|送る|共有|転送|返信|メッセージを送信|メールを送信|招待"
	case Submit:
		return "submit|save|confirm|apply|create|add|update|register|sign up|book|reserve|approve|accept|change password|reset password|" +
			"upload|absenden|abschicken|speichern|bestätigen|erstellen|anlegen|hinzufügen|aktualisieren|registrieren|buchen|" +
			"reservieren|enregistrer|valider|confirmer|créer|ajouter|mettre à jour|s inscrire|réserver|accepter|approuver|soumettre|" +
			"téléverser|modifier le mot de passe|guardar|confirmar|crear|añadir|agregar|actualizar|registrarse|reservar|aceptar|" +
			"aprobar|subir|cambiar contraseña|genehmigen|übernehmen|passwort ändern|hochladen|送信|保存|確定|登録|作成|追加|更新|予約|確認|承認|変更"
	case Login:
		return "log in|login|log on|sign in|anmelden|einloggen|se connecter|connexion|s identifier|iniciar sesión|entrar|acceder|ログイン|" +
			"サインイン"
	case Download:
		return "download|export|herunterladen|exportieren|télécharger|exporter|descargar|exportar|ダウンロード"
	case Search:
		return "search|find|filter|suchen|suche|finden|filtern|rechercher|chercher|filtrer|buscar|encontrar|filtrar|検索"
	}
	return ""
}

// innocent returns phrases that hold a word of an intent and mean something else, with | between them.
func innocent() string {
	return "post code|post office|post box|blog post|previous post|next post|pay slip|pay slips|pay stub|pay period|check out date|" +
		"check out time|share price|share prices|market share|delete key|email address|trust center|trust centre|apply filter|" +
		"apply filters|add filter|forward slash|fast forward|skip forward|create date|update history|transfer news|book review|" +
		"book reviews"
}

// spoken returns the first of the intents whose words stand in a lower-case text.
func spoken(text string, among ...Intent) Intent {
	if text == "" {
		return None
	}
	spaced := apart(text)
	for _, i := range among {
		if holds(text, spaced, lexicon(i)) {
			return i
		}
	}
	return None
}

// matches reports whether one of the words of an intent stands in a lower-case text.
func matches(text string, i Intent) bool { return spoken(text, i) != None }

// apart returns the words of a text with one space around each, without the phrases that mean something else.
func apart(text string) string {
	spaced := " " + strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), " ") + " "
	for phrase := range strings.SplitSeq(innocent(), "|") {
		if strings.Contains(spaced, phrase) {
			spaced = strings.ReplaceAll(spaced, " "+phrase+" ", " ")
		}
	}
	return spaced
}

// holds reports whether one of a list of words stands in a text.
func holds(text, spaced, list string) bool {
	if list == "" {
		return false
	}
	for w := range strings.SplitSeq(list, "|") {
		if w[0] >= 0xe0 { // not Latin script, whose signs have at most two bytes in UTF-8
			if strings.Contains(text, w) {
				return true
			}
			continue
		}
		for at := 0; ; {
			i := strings.Index(spaced[at:], w)
			if i < 0 {
				break
			}
			if at += i; spaced[at-1] == ' ' && spaced[at+len(w)] == ' ' {
				return true
			}
			at++
		}
	}
	return false
}
