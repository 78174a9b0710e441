// Package page is the web page of galleyd: what people look at when something has failed, and
// the buttons that they press then. It is made on the server from templates, works without
// scripts and loads nothing from elsewhere.
//
// What it shows and does goes through the handlers of the API (call.go), with the
// credentials of who looks: so the rules, the roles, the staff of kitchens and the lines of
// the audit are theirs, and nothing is possible here that is not possible there. Only what
// belongs to something that the API has just shown is read from the store itself.
//
// It may import auth, store, api and the domain packages. Read page.go first, then
// session.go for who is signed in, and the file of a screen with its template.
package page
