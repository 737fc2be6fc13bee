;;; A session in a real Emacs with eglot, on copies of the samples: hover, a fix, rename, completion.
(require 'eglot)
(require 'cl-lib)

(define-derived-mode dockerfile-mode prog-mode "Dockerfile")
(defvar binary (getenv "AMLENV"))
(defvar folder (getenv "AMLENV_FOLDER"))
(add-to-list 'eglot-server-programs `((dockerfile-mode python-mode) . (,binary "server")))
(setq eglot-autoshutdown nil
      eglot-confirm-server-initiated-edits nil
      eglot-extend-to-xref nil
      eglot-sync-connect 20)

(defun until (what condition)
  "Waits for CONDITION, and for its value."
  (let ((end (+ (float-time) 30)) found)
    (while (not (or (setq found (funcall condition)) (> (float-time) end)))
      (accept-process-output nil 0.05))
    (or found (error "waited in vain for %s" what))))

(defun visit (path mode)
  (find-file (expand-file-name path folder))
  (funcall mode)
  ;; In batch mode nothing runs the hooks behind commands, for which eglot-ensure waits.
  (unless (eglot-managed-p)
    (apply #'eglot (eglot--guess-contact)))
  (until "eglot" #'eglot-managed-p))

(defun behind (text)
  (goto-char (point-min))
  (search-forward text))

(defun diagnostics ()
  (flymake-start)
  (flymake-diagnostics))

(defun text () (buffer-substring-no-properties (point-min) (point-max)))

(defun edited (edit)
  (if (fboundp 'eglot--apply-workspace-edit)
      (condition-case nil (eglot--apply-workspace-edit edit nil)
        (wrong-number-of-arguments (eglot--apply-workspace-edit edit 'test)))))

(defun main ()
  (visit "kaldi/Dockerfile" #'dockerfile-mode)
  (behind "azureml/openmpi4.1.0-ub")
  (let (said)
    (eglot-hover-eldoc-function (lambda (text &rest _) (setq said text)))
    (until "the hover" (lambda () (and said (string-match-p "ubuntu22.04" said)))))
  (behind "AS buil")
  (eglot-rename "compile")
  (until "the new name"
         (lambda () (and (string-match-p "AS compile$" (text))
                         (string-match-p "^COPY --from=compile /opt/kaldi" (text)))))

  (visit "kaldi/broken.dockerfile" #'dockerfile-mode)
  (let ((warning (until "the warning"
                        (lambda () (cl-find-if (lambda (said)
                                                 (string-match-p "is deprecated" (flymake-diagnostic-text said)))
                                               (diagnostics))))))
    (goto-char (flymake-diagnostic-beg warning))
    (let* ((actions (eglot-code-actions (flymake-diagnostic-beg warning) (flymake-diagnostic-end warning)
                                        "quickfix" nil))
           (fix (cl-find-if (lambda (action) (plist-get action :edit)) (append actions nil))))
      (unless fix (error "no fix in %S" actions))
      (edited (plist-get fix :edit))
      (until "the fix" (lambda () (string-match-p "^FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04" (text))))))

  (visit "v1-dockerfile-text/pipeline.py" #'python-mode)
  (behind "r\"\"\"\n")
  (insert "FROM mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:\n")
  (backward-char)
  (eglot--signal-textDocument/didChange)
  (let ((tag (until "the proposals"
                    (lambda ()
                      (let ((found (eglot-completion-at-point)))
                        (cl-find "20260715.v1" (all-completions "" (nth 2 found))
                                 :test (lambda (want item) (string-suffix-p want item))))))))
    (message "eglot proposes %s" (substring-no-properties tag)))
  (message "Emacs %s with eglot: hover, rename, a fix, and a tag proposed inside a string" emacs-version))

(let ((fine (condition-case problem (progn (main) t)
              (error (message "failed: %S" problem) nil))))
  (kill-emacs (if fine 0 1)))
