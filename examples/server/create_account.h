/* create_account.h - an account made from the command line, also while the server runs. */
#ifndef SERVER_CREATE_ACCOUNT_H
#define SERVER_CREATE_ACCOUNT_H

#include "settings.h"

/* With the password from the settings' file or standard input.  The program's exit status. */
int create_account(const struct settings *settings);

#endif
